/** What a validator process may not do, tried from inside; guard-permissions.test.ts has the long list. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  validatorPermissions,
  validatorSurroundings,
} from '../../../sidecar/module/validator-permissions.ts';

const packageJson = join(import.meta.dirname, '..', '..', '..', 'package.json');
const sources = join(import.meta.dirname, '..', '..', '..', 'sidecar');
const wabt = createRequire(import.meta.url).resolve('wabt');

const attempts: Record<string, { attempt: string; ends: string }> = {
  'not read a file of the system': { attempt: `fs.readFileSync('/etc/passwd')`, ends: 'ERR_ACCESS_DENIED' },
  "not read the project's package.json": {
    attempt: `fs.readFileSync(${JSON.stringify(packageJson)})`,
    ends: 'ERR_ACCESS_DENIED',
  },
  "not read the sidecar's source": {
    attempt: `fs.readFileSync(${JSON.stringify(join(sources, 'guard.ts'))})`,
    ends: 'ERR_ACCESS_DENIED',
  },
  'read its own source': { attempt: `fs.readFileSync('main.ts')`, ends: 'done' },
  'read wabt': { attempt: `fs.readFileSync(${JSON.stringify(wabt)})`, ends: 'done' },
  'not write a file': { attempt: `fs.writeFileSync('new-file', '')`, ends: 'ERR_ACCESS_DENIED' },
  'not start a process': { attempt: `child.spawnSync('/bin/true')`, ends: 'ERR_ACCESS_DENIED' },
  'not start a thread': { attempt: `new threads.Worker('0', { eval: true })`, ends: 'ERR_ACCESS_DENIED' },
  'not connect': {
    attempt: `await events.once(net.connect(1, '127.0.0.1'), 'connect')`,
    ends: 'ERR_ACCESS_DENIED',
  },
  'not listen': {
    attempt: `await events.once(net.createServer().listen(0), 'listening')`,
    ends: 'ERR_ACCESS_DENIED',
  },
  'not resolve a name': { attempt: `await dns.promises.lookup('localhost')`, ends: 'ERR_ACCESS_DENIED' },
  'not make code of a text': { attempt: `eval('1')`, ends: 'EvalError' },
  'not see an environment': { attempt: `throw { code: JSON.stringify(process.env) }`, ends: '{}' },
};

const imports = `import fs from 'node:fs'; import child from 'node:child_process'; import net from 'node:net';
  import dns from 'node:dns'; import events from 'node:events'; import threads from 'node:worker_threads';`;

describe('a validator process may', () => {
  for (const [name, { attempt, ends }] of Object.entries(attempts)) {
    it(name, async () => {
      const program = `${imports}
        try { ${attempt}; console.log('done'); } catch (error) { console.log(error.code ?? error.name); }
        process.exit();`;
      const args = [...validatorPermissions, '--input-type=module', '--eval', program];
      const { stdout } = await promisify(execFile)(process.execPath, args, validatorSurroundings);
      assert.equal(stdout.trim(), ends);
    });
  }
});
