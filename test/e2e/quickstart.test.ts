/** The quickstart as a user runs it: what it prints is pasted into a shell. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { shellWord } from '../../examples/quickstart/shell-word.ts';
import { childRunning, childrenOf, gone } from '../harness/child-processes.ts';

const root = join(import.meta.dirname, '..', '..');
const quickstart = join(root, 'examples/quickstart');
const env = { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter) };
const run = promisify(execFile);

/** What a shell prints for a line, run in the project's folder. */
async function shell(line: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', line], { cwd: root, env, timeout: 30_000 });
  return stdout;
}

/** `npm start` on a free port, and what it printed. */
class Start implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  #printed = '';

  constructor() {
    const args = [join(quickstart, 'start.ts'), '127.0.0.1:0'];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
    this.exited = once(this.child, 'exit');
  }

  /** Waits until it has said everything. */
  async introduction(): Promise<string> {
    for await (const chunk of this.child.stdout ?? []) {
      this.#printed += chunk;
      if (this.#printed.includes('Ctrl-C')) break;
    }
    return this.#printed;
  }

  /** The gateway, its sidecar, the guard processes, and the servers. */
  async processes(): Promise<number[]> {
    const children = await childrenOf(this.child.pid);
    const grandchildren = await Promise.all(children.map(childrenOf));
    const guards = await Promise.all(grandchildren.flat().map(childrenOf));
    return [...children, ...grandchildren.flat(), ...guards.flat()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGINT');
    await this.exited;
  }
}

/** The steps of the demo: what each is about, and the verdict. */
function steps(demo: string): readonly (readonly [about: string, verdict: string])[] {
  return [...demo.matchAll(/^● (.*)\n.*\n {2}(.*)$/gm)].map(([, about = '', verdict = '']) => [
    about,
    verdict,
  ]);
}

const played = [
  ['It reads a public file.', 'ALLOWED'],
  ['It lists the folder as a tree: private entries are withheld.', 'ALLOWED, with items withheld'],
  ['It reads a private file in filter mode.', 'DENIED (READ_SECRECY)'],
  ['It knows nothing private yet, so it may post.', 'ALLOWED'],
  ['It reads the private file in propagate mode: it gets it, and is tainted from now on.', 'ALLOWED'],
  ['It tries to post what it read, on another server: nothing leaves the house.', 'DENIED (AUDIENCE)'],
  ['It starts a new MCP session and tries again: it is the same agent.', 'DENIED (AUDIENCE)'],
  ['Under another run id it has read nothing private, and may post.', 'ALLOWED'],
  ['What has left the house:', 'ALLOWED'],
];

suite('npm start', () => {
  let start: Start;
  let introduction: string;
  const line = (mark: string) => introduction.split('\n').find((each) => each.includes(mark)) ?? '';

  before(async () => {
    start = new Start();
    introduction = await start.introduction();
  });
  after(() => start[Symbol.asyncDispose]());

  test('prints a line for the MCP inspector that reads a file', async () => {
    const welcome = await readFile(join(quickstart, 'files/public/welcome.txt'), 'utf8');
    const { content } = JSON.parse(await shell(line('npx mcp-inspector --cli')));
    assert.deepEqual(content, [{ type: 'text', text: welcome }]);
  });

  test('prints a line for curl that reads a file', async () => {
    assert.match(await shell(line('curl -s')), /"text":"Welcome\. Everybody may read this\.\\n"/);
  });

  test('is what npm run demo plays against, as often as one likes', async () => {
    const url = /http:\/\/[^/]+/.exec(introduction)?.[0] ?? '';
    for (const house of ['["Hello","Good morning"]', '["Hello","Good morning","Hello","Good morning"]']) {
      const { stdout } = await run(process.execPath, [join(quickstart, 'demo.ts'), url]);
      assert.deepEqual(steps(stdout), played);
      assert.ok(stdout.includes(house), stdout);
      assert.doesNotMatch(stdout.slice(0, stdout.indexOf('propagate mode')), /Ada|salaries.*\n.*│/);
    }
  });

  test('leaves no process behind when it is stopped', async () => {
    const processes = await start.processes();
    // A gateway, a sidecar, three servers, a guard process and its spare.
    assert.ok(processes.length >= 7, String(processes));
    start.child.kill('SIGINT');
    assert.deepEqual(await start.exited, [0, null]);
    await Promise.all(processes.map(gone));
  });
});

suite('npm start that is stopped while it starts', () => {
  test('leaves no process behind', async () => {
    await using start = new Start();
    let gateway: number | undefined;
    while (gateway === undefined) gateway = await childRunning(start.child.pid, 'gateway/main.ts');
    start.child.kill('SIGINT');
    assert.deepEqual(await start.exited, [0, null]);
    await gone(gateway);
  });
});

suite('npm start on a port that is in use', () => {
  test('says so once, and nothing more', async () => {
    await using occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const listen = `127.0.0.1:${(occupant.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [join(quickstart, 'start.ts'), listen], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    const [[code], printed, said] = await ended;
    assert.equal(code, 1);
    assert.equal(printed, '');
    const words = said.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    assert.equal(words.length, 1, said);
    assert.match(words[0] ?? '', /^cannot listen on 127\.0\.0\.1:\d+: another program does/);
  });
});

suite('npm run demo without npm start', () => {
  test('starts a gateway of its own, and leaves no process behind', async () => {
    const child = spawn(process.execPath, [join(quickstart, 'demo.ts'), 'http://127.0.0.1:1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    const [[code], printed] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
    assert.equal(code, 0);
    assert.match(printed, /^No gateway answers at http:\/\/127\.0\.0\.1:1/);
    assert.deepEqual(steps(printed), played);
  });
});

suite('a word of a printed line', () => {
  for (const word of ['plain/path=1', 'with space', "it's", '$HOME `id` "x"', '', '{"a":"b"}']) {
    test(`arrives as it is: ${word}`, async () => {
      assert.equal(await shell(`printf %s ${shellWord(word)}`), word);
    });
  }
});
