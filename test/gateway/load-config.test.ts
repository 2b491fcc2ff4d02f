import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { ConfigError } from '../../gateway/config/config-error.ts';
import type { WorkflowRepository } from '../../gateway/gh-aw/workflow-repository.ts';
import { type LoadedConfig, loadConfig } from '../../gateway/load-config.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const randomKey = 'f'.repeat(64);
let folder: string;
before(async () => {
  folder = await temporaryFolder();
});
after(() => rm(folder, { recursive: true, force: true }));

interface Setting {
  readonly flags?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly ask?: () => Promise<WorkflowRepository>;
}

const nobody = async (): Promise<WorkflowRepository> => assert.fail('nobody should be asked');

async function fromFile(name: string, text: string, setting: Setting = {}): Promise<LoadedConfig> {
  const path = join(folder, name);
  await writeFile(path, text);
  return load({ kind: 'file', path }, '', setting);
}

function load(
  source: { kind: 'file'; path: string } | { kind: 'stdin' },
  text: string,
  { flags = {}, env = {}, ask = nobody }: Setting,
): Promise<LoadedConfig> {
  const stdin = Readable.from(text === '' ? [] : [Buffer.from(text)]);
  return loadConfig({ source, flags: new Map(Object.entries(flags)), env, stdin, ask, randomKey });
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => assert.fail('it was loaded'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ConfigError, String(error));
  return error.problems;
}

const foreign = (mcpServers: object = {}, gateway: object = {}) =>
  JSON.stringify({
    gateway: { port: 8080, domain: 'localhost', agentId: 'a-key-of-the-tests', ...gateway },
    mcpServers,
  });

suite('a configuration', () => {
  test('of Sluice’s own has its file as that of the sidecar', async () => {
    const { dialect, guards, announcement } = await fromFile('own.json', '{"mcpServers":{}}');
    assert.deepEqual(
      [dialect, guards, announcement],
      ['sluice', { kind: 'file', path: join(folder, 'own.json') }, undefined],
    );
  });

  test('of gh-aw’s is told by its keys, by its ending, or by where it comes from', async () => {
    const loaded = [
      await fromFile('foreign.json', foreign()),
      await fromFile('foreign.toml', '[servers]'),
      await load({ kind: 'stdin' }, foreign(), {}),
    ];
    assert.deepEqual(
      loaded.map(({ dialect }) => dialect),
      ['gh-aw', 'gh-aw', 'gh-aw'],
    );
    assert.deepEqual(loaded[0]?.guards, { kind: 'object', value: { guards: {} } });
  });

  test('that is too large, or no text, is refused', async () => {
    const large = load({ kind: 'stdin' }, ' '.repeat(1024 * 1024 + 1), {});
    assert.deepEqual(await problemsOf(large), [
      'cannot read the configuration on standard input: it is larger than 1048576 bytes',
    ]);
    assert.deepEqual(await problemsOf(load({ kind: 'stdin' }, '', {})), [
      'the configuration is no JSON: line 1, column 1: Value expected',
    ]);
    assert.deepEqual(await problemsOf(load({ kind: 'stdin' }, '[]', {})), [
      'the configuration must be one JSON object',
    ]);
  });

  test('of Sluice’s own takes no flag that stands for a key of gh-aw’s', async () => {
    const flags = { 'payload-dir': '/p', unified: '', 'shutdown-timeout': 'x' };
    assert.deepEqual(await problemsOf(fromFile('own.json', '{"mcpServers":{}}', { flags })), [
      '--shutdown-timeout: must be a duration such as 5s or 1m30s, a day at most',
      "--unified: is for configurations of gh-aw's: write it into this one instead",
      "--payload-dir: is for configurations of gh-aw's: write it into this one instead",
    ]);
  });

  test('takes variables from a file, which come before the environment', async () => {
    const file = join(folder, 'variables.env');
    await writeFile(file, 'HEADER=from-file\n# a comment\nexport OTHER="quoted text"\n');
    const servers = {
      x: { type: 'http', url: 'http://a/', headers: { A: `\${HEADER}`, B: `\${OTHER}`, C: `\${THIRD}` } },
    };
    const { config } = await load({ kind: 'stdin' }, foreign(servers), {
      flags: { env: file },
      env: { HEADER: 'from-environment', THIRD: 'from-environment' },
    });
    const transport = config.servers[0]?.transport;
    assert.ok(transport?.kind === 'http');
    assert.deepEqual(transport.headers, { A: 'from-file', B: 'quoted text', C: 'from-environment' });
    const missing = load({ kind: 'stdin' }, foreign(), { flags: { env: join(folder, 'none.env') } });
    assert.match((await problemsOf(missing))[0] ?? '', /none\.env: there is no such file$/);
  });

  test('is refused with --validate-env where variables of the image are not set', async () => {
    const flags = { 'validate-env': '' };
    assert.deepEqual(await problemsOf(load({ kind: 'stdin' }, foreign(), { flags })), [
      'variable MCP_GATEWAY_PORT is not defined: set it in the environment',
      'variable MCP_GATEWAY_DOMAIN is not defined: set it in the environment',
      'variable MCP_GATEWAY_AGENT_ID is not defined: set it in the environment',
    ]);
    const env = { MCP_GATEWAY_PORT: '80', MCP_GATEWAY_DOMAIN: 'localhost', MCP_GATEWAY_API_KEY: 'k' };
    assert.equal((await load({ kind: 'stdin' }, foreign(), { flags, env })).dialect, 'gh-aw');
  });

  test('has the random key where none is configured', async () => {
    const { config } = await load({ kind: 'stdin' }, foreign({}, { agentId: undefined }), {});
    assert.deepEqual(config.keys, [{ principal: 'key', key: randomKey }]);
  });
});

suite('GitHub is asked how visible the workflow’s repository is', () => {
  const sink = { 'write-sink': { accept: ['private:a/b'] } };
  const outputs = { type: 'http', url: 'http://a/', 'guard-policies': sink };

  test('only where the answer changes anything', async () => {
    await load({ kind: 'stdin' }, foreign({ x: { type: 'http', url: 'http://a/' } }), {});
    // This one is public in any case.
    await load({ kind: 'stdin' }, foreign({ outbox: outputs }), {});
  });

  test('and its answer holds', async () => {
    let asked = 0;
    const ask = async (): Promise<WorkflowRepository> => {
      asked += 1;
      return { kind: 'known', visibility: 'public' };
    };
    const { config, notes } = await load({ kind: 'stdin' }, foreign({ safeoutputs: outputs }), { ask });
    assert.deepEqual(config.servers[0]?.guard, {
      kind: 'write-sink',
      accept: ['private:a/b'],
      sinkVisibility: 'public',
    });
    assert.deepEqual(
      [asked, notes],
      [1, ["the workflow's repository is public: policies are narrowed to public repositories"]],
    );
  });

  test('and no answer is said to count as public', async () => {
    const ask = async () => ({ kind: 'unknown', reason: 'GitHub answered 403' }) as const;
    const { config, notes } = await load({ kind: 'stdin' }, foreign({ safeoutputs: outputs }), { ask });
    const guard = config.servers[0]?.guard;
    assert.ok(guard?.kind === 'write-sink');
    assert.equal(guard.sinkVisibility, 'public');
    assert.deepEqual(notes, ["the workflow's repository counts as public: GitHub answered 403"]);
  });
});

suite('certificates', () => {
  test('are read from their files', async (context) => {
    const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=x',
    ];
    try {
      await promisify(execFile)('openssl', [...request, '-keyout', key, '-out', certificate]);
    } catch {
      return context.skip('this machine has no openssl');
    }
    const flags = { 'tls-cert': certificate, 'tls-key': key };
    const { config, announcement } = await load({ kind: 'stdin' }, foreign(), { flags });
    assert.match(config.tls?.certificate ?? '', /^-----BEGIN CERTIFICATE/);
    assert.match(config.tls?.privateKey ?? '', /^-----BEGIN PRIVATE KEY/);
    assert.equal(announcement?.isTls, true);
    assert.deepEqual(
      await problemsOf(load({ kind: 'stdin' }, foreign(), { flags: { ...flags, 'tls-key': certificate } })),
      ["--tls-cert: certificate, key and authority must be PEM, and the key the certificate's"],
    );
  });

  test('that cannot be read are refused', async () => {
    const flags = { 'tls-cert': join(folder, 'no-cert.pem'), 'tls-key': folder };
    assert.deepEqual(await problemsOf(load({ kind: 'stdin' }, foreign(), { flags })), [
      `--tls-cert: cannot read ${join(folder, 'no-cert.pem')}: there is no such file`,
      `--tls-key: cannot read ${folder}: it is a folder`,
    ]);
  });
});
