import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { LabelerClient } from '../../../gateway/guard/labeler-client.ts';
import { type GuardSessionOptions, RemoteGuard } from '../../../gateway/guard/remote-guard.ts';
import {
  type Answer,
  type BackendResult,
  Mode,
  Operation,
  Reason,
} from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { ScriptedLabeler, type ScriptedSession, statusOf, withDetails } from '../scripted-labeler.ts';

const call = { tool: 'read', args: '{"path":"a"}' };
const never = new AbortController().signal;
const publicRead: Answer['labels'] = {
  $case: 'resource',
  value: {
    resource: { description: 'it', secrecy: ['s'], integrity: [] },
    operation: Operation.OPERATION_READ,
  },
};

let labeler: ScriptedLabeler;
let client: LabelerClient;
before(async () => {
  labeler = await ScriptedLabeler.start();
  client = new LabelerClient(labeler.address);
});
after(async () => {
  client[Symbol.dispose]();
  await labeler[Symbol.asyncDispose]();
});

const noBackend: GuardSessionOptions['callBackend'] = async () => undefined;

function open(options: Partial<GuardSessionOptions> = {}): Promise<RemoteGuard> {
  const given = {
    guard: 'g',
    policy: '{"a":1}',
    principal: 'p',
    callBackend: noBackend,
    openTimeoutMs: 10_000,
  };
  return RemoteGuard.open(client, { ...given, ...options });
}

/** A guard that is open, and its session. */
async function opened(options: Partial<GuardSessionOptions> = {}) {
  const opening = open(options);
  const session = await labeler.session();
  await session.accept();
  return { guard: await opening, session };
}

async function answer(session: ScriptedSession, labels: Answer['labels']): Promise<void> {
  const { id } = await session.next('ask');
  session.send({ $case: 'answer', value: { id, labels } });
}

function failsWith(code: string, words = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof GatewayError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

suite('a guard session', () => {
  test('is opened with guard, policy and principal, and says what it grants', async () => {
    const opening = open();
    const { guard, policy, principal } = await (await labeler.session()).accept();
    assert.deepEqual([guard, Buffer.from(policy).toString(), principal], ['g', '{"a":1}', 'p']);
    const { grant, mode } = await opening;
    assert.deepEqual([grant.secrecy, mode], [new Set(['granted']), 'filter']);
  });

  test('carries questions that overlap, whatever the order of the answers', async () => {
    const { guard, session } = await opened();
    const asked = [guard.labelResource(call, never), guard.labelResponse(call, '{}', never)] as const;
    const [first, second] = [await session.next('ask'), await session.next('ask')];
    session.send({
      $case: 'answer',
      value: { id: second.id, labels: { $case: 'response', value: { form: undefined } } },
    });
    session.send({ $case: 'answer', value: { id: first.id, labels: publicRead } });
    assert.deepEqual(await asked[1], { kind: 'none' });
    assert.equal((await asked[0]).operation, 'read');
  });

  test('that is done with is cancelled', async () => {
    const { guard, session } = await opened();
    guard[Symbol.dispose]();
    await session.ended;
    await assert.rejects(guard.labelResource(call, never), failsWith('GUARD_UNAVAILABLE'));
  });

  test('that is never opened is given up, and cancelled', async () => {
    const opening = open({ openTimeoutMs: 50 });
    const session = await labeler.session();
    await assert.rejects(opening, failsWith('GUARD_UNAVAILABLE', /did not answer in time/));
    await session.ended;
  });
});

/** What an agent is told for each reason; nothing for those that are asked again. */
const codes: Readonly<Record<string, string | undefined>> = {
  GUARD_NOT_FOUND: 'GUARD_UNAVAILABLE',
  GUARD_UNAVAILABLE: 'GUARD_UNAVAILABLE',
  POLICY_REJECTED: 'POLICY_REJECTED',
  GUARD_TRAPPED: 'GUARD_TRAPPED',
  GUARD_ERROR: 'GUARD_ERROR',
  INVALID_OUTPUT: 'INVALID_OUTPUT',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  BUDGET_EXCEEDED: 'BUDGET_EXCEEDED',
  MEMORY_LIMIT: 'MEMORY_LIMIT',
  QUEUE_FULL: 'QUEUE_FULL',
  CANCELLED: 'CANCELLED',
  INVALID_REQUEST: 'INTERNAL',
  INTERNAL: 'INTERNAL',
  PROCESS_LOST: 'GUARD_UNAVAILABLE',
  QUEUE_TIMEOUT: 'QUEUE_FULL',
  OUTPUT_LIMIT: 'GUARD_ERROR',
  SHUTTING_DOWN: undefined,
  GUARD_RELOADED: undefined,
};

suite('a reason', () => {
  test('of the protocol is known, each of them', () => {
    const names = Object.keys(Reason).map((name) => name.replace('REASON_', ''));
    assert.deepEqual(
      Object.keys(codes).sort(),
      names.filter((name) => !/UNSPECIFIED|UNRECOGNIZED/.test(name)).sort(),
    );
  });

  for (const [reason, code] of Object.entries(codes)) {
    if (code === undefined) continue;
    test(`${reason} of a stream and of a question is ${code}`, async () => {
      const opening = open();
      (await labeler.session()).fail(statusOf(reason));
      await assert.rejects(opening, failsWith(code, /why/));
      const { guard, session } = await opened();
      const asking = guard.labelResource(call, never);
      const { id } = await session.next('ask');
      const number = Object.entries(Reason).find(([name]) => name === `REASON_${reason}`)?.[1] ?? 0;
      session.send({ $case: 'failed', value: { id, code: 13, reason: number, message: 'why' } });
      await assert.rejects(asking, failsWith(code, /why/));
    });
  }
});

suite('a stream that breaks', () => {
  const ends: Readonly<Record<string, (session: ScriptedSession) => void>> = {
    'by its end': (session) => session.end(),
    'since the sidecar shuts down': (session) => session.fail(statusOf('SHUTTING_DOWN')),
    'without a reason': (session) =>
      session.fail({ code: status.UNAVAILABLE, message: 'gone', metadata: new Metadata() }),
    'with details that are no status': (session) =>
      session.fail(withDetails(Buffer.from([0xff, 0xff, 0xff]))),
  };
  for (const [how, breakIt] of Object.entries(ends)) {
    test(`${how} has its question asked again on another`, async () => {
      const { guard, session } = await opened();
      const asking = guard.labelResource(call, never);
      await session.next('ask');
      breakIt(session);
      const another = await labeler.session();
      await another.accept();
      await answer(another, publicRead);
      assert.equal((await asking).operation, 'read');
    });

    test(`${how} while it opens is opened again`, async () => {
      const opening = open();
      breakIt(await labeler.session());
      await (await labeler.session()).accept();
      await opening;
    });
  }

  test('three times fails the question', async () => {
    const { guard, session } = await opened();
    const asking = guard.labelResource(call, never);
    await session.next('ask');
    session.end();
    for (let i = 0; i < 2; i++) {
      const another = await labeler.session();
      await another.accept();
      await another.next('ask');
      another.end();
    }
    await assert.rejects(asking, failsWith('GUARD_UNAVAILABLE', /the connection to the sidecar broke/));
  });

  test('is opened again once for all its questions, and grants nothing more', async () => {
    const { guard, session } = await opened();
    const asking = [guard.labelResource(call, never), guard.labelResource(call, never)];
    session.end();
    const another = await labeler.session();
    await another.accept();
    await answer(another, publicRead);
    await answer(another, publicRead);
    await Promise.all(asking);
    assert.deepEqual(guard.grant.secrecy, new Set(['granted']));
  });

  test('is opened again with the mode that the guard has by then', async () => {
    const { guard, session } = await opened();
    session.end();
    const asking = guard.labelResource(call, never);
    const another = await labeler.session();
    await another.accept(Mode.MODE_STRICT);
    await answer(another, publicRead);
    await asking;
    assert.equal(guard.mode, 'strict');
  });

  test('has the digest of the version that answers, after a reload and in another session', async () => {
    const { guard, session } = await opened();
    const reload = { mode: Mode.MODE_FILTER, agent: undefined, normalizedPolicy: new Uint8Array() };
    const asking = guard.labelResource(call, never);
    session.send({ $case: 'opened', value: { ...reload, guardDigest: 'second' } });
    await answer(session, publicRead);
    await asking;
    assert.equal(guard.digest, 'second');
    session.end();
    const again = guard.labelResource(call, never);
    const another = await labeler.session();
    await another.accept();
    another.send({ $case: 'opened', value: { ...reload, guardDigest: 'third' } });
    await answer(another, publicRead);
    await again;
    assert.equal(guard.digest, 'third');
  });

  test('and cannot be opened again in time fails the question with GUARD_UNAVAILABLE', async () => {
    const { guard, session } = await opened();
    session.end();
    await session.ended;
    const asking = guard.labelResource(call, AbortSignal.timeout(100));
    const another = await labeler.session();
    await assert.rejects(asking, failsWith('GUARD_UNAVAILABLE', /did not answer in time/));
    // What nobody waits for any more may still fail; unheard it would end the process.
    another.fail(statusOf('GUARD_UNAVAILABLE'));
    await another.ended;
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

suite('a question', () => {
  test('that is cancelled is cancelled at the sidecar, and fails with the signal’s reason', async () => {
    const { guard, session } = await opened();
    const ending = new AbortController();
    const asking = guard.labelResource(call, ending.signal);
    const { id } = await session.next('ask');
    ending.abort('enough');
    await assert.rejects(asking, (reason) => reason === 'enough');
    assert.equal((await session.next('cancel')).id, id);
    // An answer that comes all the same is nobody's.
    session.send({ $case: 'answer', value: { id, labels: publicRead } });
    const next = guard.labelResource(call, never);
    await answer(session, publicRead);
    await next;
  });

  test('that gets the answer to another kind of question fails with INVALID_OUTPUT', async () => {
    const { guard, session } = await opened();
    const resource = guard.labelResource(call, never);
    await answer(session, { $case: 'response', value: { form: undefined } });
    await assert.rejects(resource, failsWith('INVALID_OUTPUT'));
    const response = guard.labelResponse(call, '{}', never);
    await answer(session, publicRead);
    await assert.rejects(response, failsWith('INVALID_OUTPUT'));
  });

  test('that gets an answer without labels fails with INVALID_OUTPUT', async () => {
    const { guard, session } = await opened();
    const asking = guard.labelResource(call, never);
    await answer(session, undefined);
    await assert.rejects(asking, failsWith('INVALID_OUTPUT'));
  });

  test('that is too large is not sent, and fails with GUARD_ERROR', async () => {
    const { guard, session } = await opened();
    const large = JSON.stringify('x'.repeat(8 * 1024 * 1024));
    await assert.rejects(guard.labelResponse(call, large, never), failsWith('GUARD_ERROR', /8384512 bytes/));
    await assert.rejects(guard.labelResource({ tool: 't', args: large }, never), failsWith('GUARD_ERROR'));
    const asking = guard.labelResource(call, never);
    await answer(session, publicRead);
    await asking;
  });
});

suite('a backend call of a guard', () => {
  const backendCall = (id: number) => ({
    $case: 'backendCall' as const,
    value: { id, call: 7, tool: 'get', args: Buffer.from('{}'), traceparent: '' },
  });

  test('is answered to its question, also while the session opens', async () => {
    const outcome: BackendResult['outcome'] = { $case: 'json', value: Buffer.from('{"content":[]}') };
    const opening = open({ callBackend: async () => outcome });
    const session = await labeler.session();
    session.send(backendCall(0));
    const early = await session.next('backendResult');
    assert.deepEqual([early.id, early.call], [0, 7]);
    await session.accept();
    const asking = (await opening).labelResource(call, never);
    const { id } = await session.next('ask');
    session.send(backendCall(id));
    const result = await session.next('backendResult');
    assert.deepEqual([result.id, result.outcome?.$case], [id, 'json']);
    session.send({ $case: 'answer', value: { id, labels: publicRead } });
    await asking;
  });

  test('for a question that is not open is not made', async () => {
    const calls: number[] = [];
    const { guard, session } = await opened({ callBackend: async ({ id }) => void calls.push(id) });
    session.send(backendCall(99));
    session.send(backendCall(0));
    const asking = guard.labelResource(call, never);
    await answer(session, publicRead);
    await asking;
    assert.deepEqual(calls, []);
  });

  for (const how of ['answered', 'cancelled', 'lost'] as const) {
    test(`is cancelled when its question is ${how}`, async () => {
      const cancelled = Promise.withResolvers<void>();
      const called = Promise.withResolvers<void>();
      const callBackend: GuardSessionOptions['callBackend'] = (_, signal) => {
        signal.addEventListener('abort', () => cancelled.resolve());
        called.resolve();
        return new Promise(() => undefined);
      };
      const { guard, session } = await opened({ callBackend });
      const ending = new AbortController();
      const asking = guard.labelResource(call, ending.signal);
      asking.catch(() => undefined);
      const { id } = await session.next('ask');
      session.send(backendCall(id));
      await called.promise;
      if (how === 'answered') session.send({ $case: 'answer', value: { id, labels: publicRead } });
      if (how === 'cancelled') ending.abort();
      if (how === 'lost') guard[Symbol.dispose]();
      await cancelled.promise;
    });
  }
});

suite('a sidecar that nobody can reach', () => {
  test('is waited for no longer when the gateway stops', async () => {
    const lonely = new LabelerClient('unix:/no/such/socket');
    const options = {
      guard: 'g',
      policy: '{}',
      principal: 'p',
      callBackend: noBackend,
      openTimeoutMs: 60_000,
    };
    const opening = RemoteGuard.open(lonely, options);
    lonely[Symbol.dispose]();
    await assert.rejects(opening, failsWith('GUARD_UNAVAILABLE', /the gateway stops/));
  });

  test('is waited for as long as opening may take', async () => {
    using lonely = new LabelerClient('unix:/no/such/socket');
    const options = { guard: 'g', policy: '{}', principal: 'p', callBackend: noBackend, openTimeoutMs: 100 };
    await assert.rejects(
      RemoteGuard.open(lonely, options),
      failsWith('GUARD_UNAVAILABLE', /cannot be reached|in time/),
    );
  });
});
