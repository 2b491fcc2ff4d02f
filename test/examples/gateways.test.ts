/** The example gateways in other languages, built by their READMEs, against a real sidecar. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { CertificateAuthority, type Identity } from '../harness/certificates.ts';
import { finishedCommand } from '../harness/finished-command.ts';
import { rulesGuard, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { outcomeOf, textOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { BuiltGateway, type ExampleGateway } from './built-gateway.ts';
import { GatewaySession, type Setting } from './gateway-session.ts';

const examples: readonly ExampleGateway[] = [
  { folder: 'gateway-go', toolchain: ['go', 'version'], program: ['gateway'] },
  {
    folder: 'gateway-python',
    toolchain: ['python3', '-c', 'import sys, venv; sys.exit(sys.version_info < (3, 11))'],
    program: ['.venv/bin/python', 'gateway.py'],
  },
];

/** Fetching packages and compiling gRPC without any cache, on a busy machine. In milliseconds. */
const timeout = 300_000;
const guards = { rules: rulesGuard, scripted: scriptedGuard };

const visibility = [
  { equals: 'public', secrecy: [] },
  { equals: 'private', secrecy: ['private'] },
];
const read = { operation: 'read', secrecy: [] };
const ofIssues = { at: '/items', fields: [{ at: '/visibility', rules: visibility }] };
const lookup = { tool: 'get_issue', arguments: { number: { from: '/number' } } };
const tools = [
  { ...read, names: 'get_motto' },
  { ...read, names: 'list_issues', items: ofIssues },
  { ...read, names: ['search_issues', 'get_twice'], secrecy: ['private'], items: ofIssues },
  { ...read, names: 'get_issue', secrecy: ['private'], items: { ...ofIssues, at: '' } },
  { names: 'close_issue', operation: 'write', secrecy: [], integrity: ['maintainer'] },
  { names: 'publish', operation: 'write', secrecy: [], integrity: [] },
  {
    names: 'add_comment',
    operation: 'write',
    integrity: [],
    lookups: [{ ...lookup, fields: [{ at: '/visibility', rules: visibility }] }],
  },
];
const policy = { mode: 'filter', agent: {}, tools };

let sidecar: RunningSidecar;
let authority: CertificateAuthority;
let foreign: CertificateAuthority;
let tlsSidecar: RunningSidecar;
before(async () => {
  const folder = await temporaryFolder();
  sidecar = await RunningSidecar.start(guards);
  authority = await CertificateAuthority.create(folder);
  foreign = await CertificateAuthority.create(folder, 'foreign');
  const own = await authority.issue('sidecar', { subject: '/CN=sidecar', usage: 'serverAuth' });
  const files = ['--tls-cert', own.certificateFile, '--tls-key', own.keyFile];
  const args = [...files, '--tls-client-ca', authority.identity.certificateFile];
  tlsSidecar = await RunningSidecar.start(guards, { listen: '127.0.0.1:0', args });
});
after(() => Promise.all([sidecar[Symbol.asyncDispose](), tlsSidecar[Symbol.asyncDispose]()]));

function showing({ certificateFile, keyFile }: Identity): readonly string[] {
  const ca = authority.identity.certificateFile;
  return ['--tls-ca', ca, '--tls-cert', certificateFile, '--tls-key', keyFile];
}

for (const example of examples) {
  const lack = BuiltGateway.lackOf(example);
  suite(`examples/${example.folder}`, { skip: lack ?? false, timeout }, () => {
    let built: BuiltGateway | string;
    before(
      async () => {
        built = await BuiltGateway.build(example);
      },
      { timeout },
    );
    after(async () => typeof built !== 'string' && built[Symbol.asyncDispose]());

    /** Runs a test in a session of its own. */
    function inSession(
      name: string,
      scene: (session: GatewaySession) => Promise<void>,
      setting: Partial<Setting> = {},
    ): void {
      test(name, async (context: TestContext) => {
        if (typeof built === 'string') return context.skip(built);
        await using session = await GatewaySession.open(built, { sidecar, policy, ...setting });
        await scene(session);
      });
    }

    inSession('delivers what may be read', async (session) => {
      const { tools: offered } = await session.client.listTools();
      assert.equal(offered.length, 8);
      assert.deepEqual(await session.call('get_motto'), {
        content: [{ type: 'text', text: 'get_motto: done' }],
      });
    });

    inSession(
      'withholds the items that may not be read, and keeps the others with all of their digits',
      async (session) => {
        const result = await session.call('list_issues');
        const [document = '', notice = ''] = result.content.map(({ text }) => text);
        assert.deepEqual(numbersIn(document), [1, 3]);
        assert.match(document, /"total":3\b/);
        assert.match(document, /"weight":9007199254740993\b/);
        assert.match(notice, /1 withheld/);
        assert.deepEqual(result._meta, { 'sluice.dev/withheld': { count: 1, secrecy: 1, integrity: 0 } });
      },
    );

    inSession('drops what is around the items where that may not be read', async (session) => {
      const [document] = (await session.call('search_issues')).content;
      assert.deepEqual(Object.keys(JSON.parse(document?.text ?? '')), ['items']);
      assert.deepEqual(numbersIn(document?.text ?? ''), [1, 3]);
    });

    inSession(
      'denies an item that may not be read, and a write before the server is asked',
      async (session) => {
        assert.equal(outcomeOf(await session.call('get_issue', { number: 1 })), 'result');
        assert.equal(outcomeOf(await session.call('get_issue', { number: 2 })), 'denied READ_SECRECY');
        assert.equal(outcomeOf(await session.call('close_issue', { number: 1 })), 'denied WRITE_INTEGRITY');
        assert.deepEqual(await session.calls(), ['get_issue', 'get_issue']);
      },
    );

    inSession('answers the backend calls of a guard', async (session) => {
      assert.equal(textOf(await session.call('add_comment', { number: 1 })), 'add_comment: done');
      assert.match(textOf(await session.call('add_comment', { number: 2 })), /its answer may not be shown/);
      assert.deepEqual(await session.calls(), ['get_issue', 'add_comment', 'get_issue', 'add_comment']);
    });

    inSession(
      'remembers what the agent has read',
      async (session) => {
        assert.equal(outcomeOf(await session.call('publish')), 'result');
        assert.equal(outcomeOf(await session.call('get_issue', { number: 2 })), 'result');
        assert.equal(outcomeOf(await session.call('publish')), 'denied WRITE_SECRECY');
      },
      { policy: { ...policy, mode: 'propagate' } },
    );

    inSession(
      'lets the operator be stricter than the guard',
      async (session) => {
        assert.equal(outcomeOf(await session.call('list_issues')), 'denied ITEMS_WITHHELD');
        assert.equal(outcomeOf(await session.call('search_issues')), 'denied READ_SECRECY');
      },
      { args: ['--mode', 'strict'] },
    );

    inSession(
      'fails without a guard, and the server is not asked',
      async (session) => {
        assert.equal(outcomeOf(await session.call('get_motto')), 'failed GUARD_NOT_FOUND');
        assert.deepEqual(await session.calls(), []);
      },
      { guard: 'nobody' },
    );

    inSession(
      'fails when the guard crashes after the tool was called, and says that it may have done its work',
      async (session) => {
        const result = await session.call('publish');
        assert.equal(outcomeOf(result), 'failed GUARD_TRAPPED');
        assert.match(textOf(result), /may have done its work/);
        assert.doesNotMatch(textOf(result), /publish: done/);
      },
      {
        guard: 'scripted',
        policy: { ...script({ operation: 'read-write' }), labelResponse: { fail: 'trap' } },
      },
    );

    inSession('fails where two readers could understand a result differently', async (session) => {
      assert.equal(outcomeOf(await session.call('get_twice')), 'failed BACKEND_ERROR');
    });

    inSession('lets nothing pass that it does not judge', async (session) => {
      await assert.rejects(session.client.listResources(), /no such method|not support/);
      await assert.rejects(session.call('nothing'), /no such method or tool/);
      assert.deepEqual(await session.calls(), []);
    });

    test('fails while the sidecar is away, and goes on where it is back', async (context) => {
      if (typeof built === 'string') return context.skip(built);
      const listen = `unix:${join(await temporaryFolder(), 'guard.sock')}`;
      const first = await RunningSidecar.start({ rules: rulesGuard }, { listen });
      await using session = await GatewaySession.open(built, {
        sidecar: first,
        policy,
        args: ['--timeout', '2'],
      });
      assert.equal(outcomeOf(await session.call('get_motto')), 'result');
      await first.stop('SIGKILL');
      assert.equal(outcomeOf(await session.call('get_motto')), 'failed GUARD_UNAVAILABLE');
      await using _second = await RunningSidecar.start({ rules: rulesGuard }, { listen });
      await first[Symbol.asyncDispose]();
      assert.equal(outcomeOf(await session.call('get_motto')), 'result');
      assert.deepEqual(await session.calls(), ['get_motto', 'get_motto']);
    });

    test('speaks to a sidecar over TCP when both show who they are', async (context) => {
      if (typeof built === 'string') return context.skip(built);
      const own = await authority.issue('gateway', { subject: '/CN=gateway', usage: 'clientAuth' });
      await using session = await GatewaySession.open(built, {
        sidecar: tlsSidecar,
        policy,
        args: showing(own),
      });
      assert.deepEqual(numbersIn((await session.call('list_issues')).content[0]?.text ?? ''), [1, 3]);
      assert.equal(textOf(await session.call('add_comment', { number: 1 })), 'add_comment: done');
    });

    test('fails over TCP with a certificate of another authority', async (context) => {
      if (typeof built === 'string') return context.skip(built);
      const stranger = await foreign.issue('stranger', { subject: '/CN=gateway', usage: 'clientAuth' });
      const args = [...showing(stranger), '--timeout', '2'];
      await using session = await GatewaySession.open(built, { sidecar: tlsSidecar, policy, args });
      assert.equal(outcomeOf(await session.call('get_motto')), 'failed GUARD_UNAVAILABLE');
      assert.deepEqual(await session.calls(), []);
    });

    test('refuses to speak to another machine in plain text', async (context) => {
      if (typeof built === 'string') return context.skip(built);
      const [command, ...args] = built.commandLine;
      const to = ['--sidecar', 'sidecars.example:50051', '--guard', 'rules', '--', 'true'];
      const { exitCode, stderr } = await finishedCommand(command, [...args, ...to]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /tls-ca/);
    });
  });
}

function numbersIn(document: string): number[] {
  const { items }: { items: { number: number }[] } = JSON.parse(document);
  return items.map(({ number }) => number);
}
