import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { checkConfig } from '../../../gateway/check/check-config.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

let folder: string;
before(async () => {
  folder = await temporaryFolder();
});
after(() => rm(folder, { recursive: true, force: true }));

/** What `check` says of a configuration, and its exit code. */
async function check(config: object | string, env: Readonly<Record<string, string>> = {}, mode = 0o600) {
  const path = join(folder, typeof config === 'string' ? 'gh-aw.toml' : 'sluice.json');
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  await chmod(path, mode);
  const output = new PassThrough();
  const ask = () => assert.fail('nobody is asked');
  const source = { kind: 'file', path } as const;
  const options = { source, flags: new Map(), env, stdin: Readable.from([]), ask, randomKey: 'f'.repeat(64) };
  const code = await checkConfig(options, output);
  output.end();
  return { code, said: (await text(output)).replaceAll(folder, '/FOLDER') };
}

suite('check', () => {
  test('explains a configuration of gh-aw’s without a secret', async () => {
    const { code, said } = await check(
      {
        gateway: {
          port: 8080,
          domain: 'host.docker.internal',
          agentId: 'secret-key-of-the-tests',
          trustedBots: ['bot'],
        },
        guards: { github: { type: 'wasm', path: 'github.wasm' } },
        mcpServers: {
          github: {
            container: 'ghcr.io/github/github-mcp-server',
            env: { GITHUB_TOKEN: 'secret' },
            args: ['-e', 'A=secret'],
            guard: 'github',
            'guard-policies': {
              'allow-only': {
                repos: ['acme/web', 'acme/api-*'],
                'min-integrity': 'approved',
                'blocked-users': ['mallory'],
                'tool-call-limits': { search: 3 },
              },
            },
          },
          api: {
            type: 'http',
            url: 'https://api.example/secret/mcp?key=secret',
            headers: { 'X-Key': 'secret' },
            tools: ['get', 'put'],
            toolTimeout: 600,
            audience: ['private:acme/*'],
            bounds: {
              readFloor: ['private:acme/web'],
              readCeiling: [],
              writeFloor: ['approved'],
              namespace: ['private:acme/*'],
              reads: ['get'],
              maxTags: 10,
              maxTagLength: 100,
              maxItems: 1_000,
              maxNesting: 20,
            },
            tool_response_filters: { get: '.items' },
          },
          safeoutputs: {
            type: 'http',
            url: 'http://127.0.0.1:9/mcp',
            'guard-policies': { 'write-sink': { accept: ['private:acme/web'] } },
          },
        },
      },
      { GITHUB_REPOSITORY: 'acme/web' },
    );
    assert.equal(code, 0);
    assert.equal(
      said,
      `gateway (a configuration in gh-aw's dialect)
  listens on  127.0.0.1:3000, HTTP
  clients     need a key: 1, of key
  hosts       host.docker.internal
  mode        each guard's own
  sidecar     the gateway's own
  payloads    above 524288 bytes go to /tmp/jq-payloads

github
  transport   a container, by docker with 14 arguments; variables: GITHUB_TOKEN; a connection for each session
  guard       github (/FOLDER/github.wasm)
  policy      allow-only: the repositories acme/api-*, acme/web; integrity approved or above; with blocked-users; trusted bots: bot
  mode        the guard's own
  audience    any secrecy may be sent to it
  tools       all
  limits      a call 60 s, connecting 30 s, search 3 times a session, 3 rate limits in a row pause it for 60 s

api
  transport   HTTP to https://api.example; headers: X-Key; a connection for each session
  guard       noop: only for agents whose own labels allow a read-write of what is public
  audience    private:acme/*
  bounds      all that is read carries private:acme/web; what is read is vouched for by at most nothing; every write needs approved; the guard's tags are private:acme/*; reads are at most get; 10 tags in a list; tags of 100 characters; 1000 items; 20 levels
  tools       get, put
  limits      a call 600 s, connecting 30 s, 3 rate limits in a row pause it for 60 s
  filters     of the results of get

safeoutputs
  transport   HTTP to http://127.0.0.1:9; a connection for each session
  guard       write-sink
  policy      takes the secrecy private:acme/web
  audience    any secrecy may be sent to it
  tools       all
  limits      a call 60 s, connecting 30 s, 3 rate limits in a row pause it for 60 s

warnings
  github: whatever an agent carries may be sent to it: its guard alone decides. Name the tags that may be, as its audience
  github: its guard may use any tag, those of other servers' guards too. Name its own, as bounds.namespace
  gateway.domain: agents are sent to host.docker.internal, and the gateway listens on loopback, which only this machine reaches: give it --listen
  gateway.port: agents are told port 8080, and the gateway listens on 3000: give it --listen, unless something forwards the one to the other
  at the start GitHub is asked whether GITHUB_REPOSITORY is public: if it is, or cannot be asked, policies are narrowed

the configuration is valid
`,
    );
  });

  test('explains one of Sluice’s own, and warns of one that asks for no key', async () => {
    const { code, said } = await check({
      guards: { own: { type: 'wasm', path: 'own.wasm' } },
      mcpServers: {
        files: {
          type: 'stdio',
          command: 'files',
          args: ['a'],
          guard: 'own',
          'guard-policies': { rules: [] },
        },
      },
    });
    assert.equal(code, 0);
    assert.match(said, /^gateway \(a configuration in Sluice's own dialect\)$/m);
    assert.match(said, /^ {2}clients {5}need no key: everybody is anonymous$/m);
    assert.match(
      said,
      /^ {2}transport {3}the program files with 1 argument; a connection for each session$/m,
    );
    assert.match(said, /^ {2}policy {6}the guard's own: rules$/m);
    assert.match(said, /^ {2}no key is asked for: every program on this machine can call every server$/m);
  });

  test('warns of a WASM guard without a namespace where there are several servers', async () => {
    const server = { type: 'stdio', command: 'run' };
    const guarded = { ...server, guard: 'own' };
    const guards = { own: { type: 'wasm', path: 'own.wasm' } };
    const warning = /^ {2}a: its guard may use any tag, .* Name its own, as bounds\.namespace$/m;
    assert.match((await check({ guards, mcpServers: { a: guarded, b: server } })).said, warning);
    assert.doesNotMatch((await check({ guards, mcpServers: { a: guarded } })).said, warning);
    const bounds = { namespace: ['own:*'] };
    const bounded = { guards, mcpServers: { a: { ...guarded, bounds }, b: server } };
    assert.doesNotMatch((await check(bounded)).said, /namespace$/m);
  });

  test('warns of a key that others can read', async () => {
    const gateway = { apiKey: 'a-key-of-the-tests' };
    const warning = /the key of clients stands in this file, which others on this machine can read/;
    assert.match((await check({ gateway, mcpServers: {} }, {}, 0o644)).said, warning);
    assert.doesNotMatch((await check({ gateway, mcpServers: {} }, {}, 0o600)).said, warning);
    const fromVariable = { gateway: { apiKey: `\${KEY}` }, mcpServers: {} };
    assert.doesNotMatch((await check(fromVariable, { KEY: 'a-key-of-the-tests' }, 0o644)).said, warning);
  });

  test('explains privileges, and warns of those that are not safe or never come', async () => {
    const after = { server: 'x', tool: 'ask', result: { '/content/0/text': 'yes' }, clientAnswers: true };
    const terms = { secrecy: { drop: ['a', 'b'] }, integrity: { add: ['c'] }, uses: 2, seconds: 60 };
    const rule = { name: 'r', principals: ['anonymous'], after, ...terms };
    const x = { type: 'http', url: 'http://a/' };
    const { said } = await check({ gateway: { privileges: [rule] }, mcpServers: { x } });
    const line =
      'privilege   r: agents of anonymous lose the secrecy a, b and gain the integrity c once x: ask has answered, /content/0/text is "yes"; 2 times a session; for 60 s; the answer of the agent\'s client counts';
    assert.ok(said.includes(line), said);
    assert.match(said, /^ {2}privilege r: agents may call other tools of x than ask, too/m);
    assert.match(said, /^ {2}privilege r: never drops a tag: x has no guard/m);
    const sink = { ...x, tools: ['ask'], 'guard-policies': { 'write-sink': { accept: ['a', 'b'] } } };
    const quiet = await check({ gateway: { privileges: [rule] }, mcpServers: { x: sink } });
    assert.doesNotMatch(quiet.said, /^ {2}privilege r: (agents may|never)/m);
  });

  test('names what is unavailable and what has no effect', async () => {
    const { said } = await check(
      '[gateway]\nkeepalive_interval = 60\n[servers.x]\nurl = "http://a"\n[servers.x.guard_policies]\nrepos = "all"\nmin-integrity = "none"',
    );
    assert.match(said, /^ {2}x: is unavailable: it has a policy and no guard that reads it/m);
    assert.match(said, /^ {2}gateway\.keepalive_interval: has no effect/m);
  });

  test('says what a start would say of a configuration that cannot be used', async () => {
    const { code, said } = await check({ gateway: { port: 0, domain: 'localhost' }, mcpServers: { x: {} } });
    assert.equal(code, 1);
    assert.equal(
      said,
      'gateway.port: must be a whole number from 1 to 65535\nmcpServers.x.command: is missing: name the container or the program that is the server\n',
    );
  });

  test('tries the filters of results', async () => {
    const x = { type: 'http', url: 'http://a/', responseFilters: { get: '.items[' } };
    const { code, said } = await check({ mcpServers: { x } });
    assert.equal(code, 1);
    assert.match(said, /^mcpServers\.x\.responseFilters\.get: jq does not take it: /);
  });
});
