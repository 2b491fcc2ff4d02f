import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { problemsOf, readGateway } from './reading.ts';

const alice = 'a-key-of-alice-and-no-other';
const ci = 'the-key-of-continuous-integration';
const env = { ALICE_KEY: alice, EMPTY: '' };
const file = (path: string) => ({ keys: { ci: { file: path } } });

let folder: string;
before(async () => {
  folder = await temporaryFolder();
});

async function keyFile(name: string, text: string | Uint8Array, mode = 0o600): Promise<object> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), mode);
  return file(name);
}

suite('a key of a principal', () => {
  test('is the value of a variable, or the text of a file', async () => {
    await keyFile('ci', ci);
    const keys = { alice: `\${ALICE_KEY}`, ci: { file: 'ci' } };
    assert.deepEqual(readGateway({ keys, apiKey: 'the-key-of-nobody' }, { folder, env }).keys, [
      { principal: 'key', key: 'the-key-of-nobody' },
      { principal: 'alice', key: alice },
      { principal: 'ci', key: ci },
    ]);
  });

  test('is its file without the end of the line, and with everything else', async () => {
    const keyOf = (gateway: object) => readGateway(gateway, { folder }).keys[0]?.key;
    assert.equal(keyOf(await keyFile('unix', `${ci}\n`)), ci);
    assert.equal(keyOf(await keyFile('windows', `${ci}\r\n`)), ci);
    const form = 'gateway.keys.ci: must have at least 16 characters of ASCII, without spaces';
    assert.deepEqual(problemsOf(await keyFile('two', `${ci}\n\n`), { folder }), [form]);
    assert.deepEqual(problemsOf(await keyFile('blank', ` ${ci}`), { folder }), [form]);
    assert.deepEqual(problemsOf(await keyFile('none', ''), { folder }), [form]);
  });

  for (const mode of [0o604, 0o602, 0o601, 0o620, 0o666]) {
    test(`is refused from a file that others may touch: ${mode.toString(8)}`, async () => {
      const problem =
        'gateway.keys.ci.file: cannot use the file open: others may read or change it: take that from them (chmod 600)';
      assert.deepEqual(problemsOf(await keyFile('open', ci, mode), { folder }), [problem]);
    });
  }

  test('may be in a file that the group reads, and behind a link: so secrets are mounted', async () => {
    await keyFile('mounted', ci, 0o440);
    await symlink('mounted', join(folder, 'link'));
    assert.equal(readGateway(file('link'), { folder }).keys[0]?.key, ci);
  });

  test('whose file cannot be used is refused in one sentence, without waiting', async () => {
    await mkdir(join(folder, 'folder'));
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    await keyFile('latin1', Buffer.from([0xff, 0xfe]));
    await keyFile('large', ' '.repeat(1024 * 1024 + 1));
    const cases = [
      ['nowhere', 'there is no such file'],
      ['unix/deeper', 'there is no such folder'],
      ['folder', 'it is no regular file'],
      ['pipe', 'it is no regular file'],
      ['latin1', 'it is not UTF-8'],
      ['large', 'it is larger than 1048576 bytes'],
    ] as const;
    for (const [path, why] of cases) {
      const problem = `gateway.keys.ci.file: cannot use the file ${path}: ${why}`;
      assert.deepEqual(problemsOf(file(path), { folder }), [problem]);
    }
  });

  const refused: readonly (readonly [gateway: object, problem: string])[] = [
    [{ keys: [] }, 'gateway.keys: must be an object'],
    [{ keys: {} }, 'gateway.keys: is empty: name a principal and its key, or leave it out'],
    [{ keys: { a: 'short' } }, 'gateway.keys.a: must have at least 16 characters of ASCII, without spaces'],
    [{ keys: { a: `\${EMPTY}` } }, 'gateway.keys.a: must be a text that is not empty'],
    [{ keys: { a: `\${NOT}` } }, 'gateway.keys.a: variable NOT is not defined: set it in the environment'],
    [{ keys: { a: 7 } }, 'gateway.keys.a: must be a text that is not empty'],
    [{ keys: { a: {} } }, 'gateway.keys.a.file: is missing: write the file that holds the key'],
    [
      { keys: { anonymous: alice } },
      'gateway.keys.anonymous: is a name that Sluice gives itself: choose another',
    ],
    [{ keys: { health: alice } }, 'gateway.keys.health: is a name that Sluice gives itself: choose another'],
    [{ keys: { key: alice } }, 'gateway.keys.key: is a name that Sluice gives itself: choose another'],
    [
      { keys: { 'certificate:a': alice } },
      'gateway.keys["certificate:a"]: a principal has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..',
    ],
    [{ keys: { a: alice, b: alice } }, 'gateway.keys: a and b have the same key: give each its own'],
    [{ apiKey: alice, keys: { b: alice } }, 'gateway.keys: key and b have the same key: give each its own'],
  ];
  for (const [gateway, problem] of refused) {
    test(`is refused: ${problem}`, () => assert.deepEqual(problemsOf(gateway, { env }), [problem]));
  }

  test('is in no problem that is reported', () => {
    const gateway = { keys: { a: alice, b: alice, 'c/d': ci, e: `${ci} ` }, operators: ['f'] };
    const problems = problemsOf(gateway).join('\n');
    assert.ok(problems.length > 0);
    for (const secret of [alice, ci]) assert.ok(!problems.includes(secret));
  });

  test('lets other machines reach the gateway', () => {
    assert.deepEqual(problemsOf({ listen: '0.0.0.0:0', keys: { alice } }), []);
  });
});

suite('the operators', () => {
  const operatorsOf = (gateway: object) => readGateway(gateway).operators;

  test('are everybody where nobody shows who it is, and nobody where that is not said', () => {
    assert.deepEqual(operatorsOf({}), ['anonymous']);
    assert.deepEqual(operatorsOf({ operators: [] }), []);
    assert.deepEqual(operatorsOf({ apiKey: alice }), []);
    assert.deepEqual(operatorsOf({ keys: { alice } }), []);
  });

  test('are those that are named', () => {
    assert.deepEqual(operatorsOf({ keys: { alice, ci }, operators: ['ci'] }), ['ci']);
    assert.deepEqual(operatorsOf({ apiKey: alice, operators: ['key'] }), ['key']);
  });

  const names = 'name principals of gateway.keys, or key for gateway.apiKey';
  const refused: readonly (readonly [gateway: object, problem: string])[] = [
    [{ keys: { alice }, operators: 'alice' }, 'gateway.operators: must be a list of texts'],
    [{ keys: { alice }, operators: ['bob'] }, `gateway.operators: nobody can be "bob": ${names}`],
    [{ keys: { alice }, operators: ['key'] }, `gateway.operators: nobody can be "key": ${names}`],
    [{ keys: { alice }, operators: ['anonymous'] }, `gateway.operators: nobody can be "anonymous": ${names}`],
    [
      { operators: ['alice'] },
      'gateway.operators: nobody can be "alice": configure gateway.keys, or leave it out',
    ],
  ];
  for (const [gateway, problem] of refused) {
    test(`are refused: ${problem}`, () => assert.deepEqual(problemsOf(gateway), [problem]));
  }

  test('are not the scrapers, of whom there are none but those that are named', () => {
    const scrapersOf = (gateway: object) => readGateway(gateway).scrapers;
    assert.deepEqual(scrapersOf({}), []);
    assert.deepEqual(scrapersOf({ keys: { alice, ci }, scrapers: ['ci'] }), ['ci']);
    assert.deepEqual(operatorsOf({ keys: { alice, ci }, scrapers: ['ci'] }), []);
    const problem = `gateway.scrapers: nobody can be "bob": ${names}`;
    assert.deepEqual(problemsOf({ keys: { alice }, scrapers: ['bob'] }), [problem]);
  });

  test('whose key is wrong are no second problem', () => {
    assert.equal(problemsOf({ keys: { alice: 'short' }, operators: ['alice'] }).length, 1);
  });
});

suite('the hosts', () => {
  test('are names without ports, compared without case, and addresses', () => {
    const { hosts } = readGateway({ hosts: ['Sluice.Example', '10.0.0.5', '[FD00::0:1]', 'fd00::2'] });
    assert.deepEqual(hosts, ['sluice.example', '10.0.0.5', 'fd00::1', 'fd00::2']);
  });

  for (const host of ['sluice.example:443', 'http://sluice.example', '*.example', 'a/b', '[sluice]']) {
    test(`are refused where one is ${host}`, () => {
      const problem = `gateway.hosts: "${host}" is no name of a host: write it without a port`;
      assert.deepEqual(problemsOf({ hosts: [host] }), [problem]);
    });
  }
});

suite('the time to shut down', () => {
  test('is in seconds, and 30 of them where nothing is said', () => {
    assert.equal(readGateway({}).shutdownTimeoutMs, 30_000);
    assert.equal(readGateway({ shutdownTimeout: 0.5 }).shutdownTimeoutMs, 500);
    assert.equal(readGateway({ shutdownTimeout: 0 }).shutdownTimeoutMs, 0);
    const range = 'gateway.shutdownTimeout: must be a number from 0 to 86400';
    assert.deepEqual(problemsOf({ shutdownTimeout: -1 }), [range]);
  });
});
