import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import {
  AdminServiceClient,
  AdminServiceService,
  type GetGuardResponse,
  GuardState,
  type ListGuardsResponse,
  type LoadGuardResponse,
  type QuarantineGuardResponse,
  type ReleaseGuardResponse,
  type ReloadGuardsResponse,
  ReloadOutcome,
} from '../../../proto/gen/sluice/admin/v1/admin.ts';
import type { GuardAdministration } from '../../../sidecar/guard/guard-status.ts';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { AdminService } from '../../../sidecar/service/admin-service.ts';
import { guardMessage } from '../../../sidecar/service/guard-status-message.ts';
import { StreamError } from '../../harness/guard-stream.ts';
import { brokenGuard, githubGuard, knownGuards } from '../../harness/known-guards.ts';
import { linesLog, ReflectingServer } from '../../harness/reflecting-server.ts';

const github = guardMessage(githubGuard);

/** The admin service over a real connection, with guards that the test knows. */
class AdminConnection implements Disposable {
  readonly client: AdminServiceClient;
  readonly #server: ReflectingServer;
  readonly #log: string[];

  private constructor(server: ReflectingServer, log: string[]) {
    this.#server = server;
    this.#log = log;
    this.client = new AdminServiceClient(server.address, credentials.createInsecure());
  }

  static async to(guards: GuardAdministration): Promise<AdminConnection> {
    const log: string[] = [];
    const { handlers } = new AdminService(guards, linesLog(log));
    return new AdminConnection(await ReflectingServer.serving(AdminServiceService, handlers), log);
  }

  get log(): string {
    return this.#log.join('');
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.#server[Symbol.dispose]();
  }
}

/** The answer of a unary call, or its status as a StreamError. */
function answer<A>(call: (callback: (error: ServiceError | null, answer: A) => void) => void): Promise<A> {
  const { promise, resolve, reject } = Promise.withResolvers<A>();
  call((error, value) => (error === null ? resolve(value) : reject(new StreamError(error))));
  return promise;
}

describe('the admin service', () => {
  const guards = knownGuards();
  let admin: AdminConnection;
  let client: AdminServiceClient;
  before(async () => {
    admin = await AdminConnection.to(guards);
    client = admin.client;
  });
  after(() => admin[Symbol.dispose]());

  it('lists every guard in the order of the configuration', async () => {
    const { guards } = await answer<ListGuardsResponse>((done) => client.listGuards({}, done));
    assert.deepEqual(
      guards.map(({ name, state }) => [name, state]),
      [
        ['github', GuardState.GUARD_STATE_SERVING],
        ['broken', GuardState.GUARD_STATE_UNAVAILABLE],
      ],
    );
  });

  it('shows a guard with all that is known of it', async () => {
    const { guard } = await answer<GetGuardResponse>((done) => client.getGuard({ name: 'github' }, done));
    assert.deepEqual(guard, github);
  });

  it('shows a guard that never loaded', async () => {
    const { guard } = await answer<GetGuardResponse>((done) => client.getGuard({ name: 'broken' }, done));
    assert.deepEqual(guard, guardMessage(brokenGuard));
  });

  it('loads a guard', async () => {
    const { guard } = await answer<LoadGuardResponse>((done) => client.loadGuard({ name: 'github' }, done));
    assert.deepEqual(guard, github);
    assert.equal(guards.asked.at(-1), 'load github');
  });

  it('reloads, and says what became of each guard', async () => {
    const { reloads } = await answer<ReloadGuardsResponse>((done) => client.reloadGuards({}, done));
    assert.deepEqual(reloads, [
      { name: 'github', outcome: ReloadOutcome.RELOAD_OUTCOME_RELOADED, problem: '' },
      { name: 'broken', outcome: ReloadOutcome.RELOAD_OUTCOME_FAILED, problem: 'its file is empty' },
    ]);
    assert.equal(guards.asked.at(-1), 'reload');
  });

  const reasons: Record<string, readonly [reason: string, asked: string]> = {
    'with a reason': ['it labels wrongly', 'it labels wrongly'],
    'with a reason of two lines, as one': ['it labels\n\u001b[31mwrongly', 'it labels [31mwrongly'],
    'without a reason': [' ', 'no reason was given'],
  };
  for (const [how, [reason, asked]] of Object.entries(reasons)) {
    it(`quarantines a guard ${how}`, async () => {
      const { guard } = await answer<QuarantineGuardResponse>((done) =>
        client.quarantineGuard({ name: 'github', reason }, done),
      );
      assert.deepEqual(guard, github);
      assert.equal(guards.asked.at(-1), `quarantine github: ${asked}`);
    });
  }

  it('releases a guard', async () => {
    const { guard } = await answer<ReleaseGuardResponse>((done) =>
      client.releaseGuard({ name: 'github' }, done),
    );
    assert.deepEqual(guard, github);
    assert.equal(guards.asked.at(-1), 'release github');
  });

  type Ask = (name: string) => Promise<unknown>;
  const namingCalls: Record<string, Ask> = {
    GetGuard: (name) => answer<GetGuardResponse>((done) => client.getGuard({ name }, done)),
    LoadGuard: (name) => answer<LoadGuardResponse>((done) => client.loadGuard({ name }, done)),
    QuarantineGuard: (name) =>
      answer<QuarantineGuardResponse>((done) => client.quarantineGuard({ name, reason: 'why' }, done)),
    ReleaseGuard: (name) => answer<ReleaseGuardResponse>((done) => client.releaseGuard({ name }, done)),
  };
  for (const [method, call] of Object.entries(namingCalls)) {
    it(`refuses ${method} of a guard that is not configured`, () =>
      assert.rejects(call('nobody'), { code: status.NOT_FOUND, reason: 'GUARD_NOT_FOUND' }));

    it(`refuses ${method} without a name, and asks nobody`, async () => {
      const asked = guards.asked.length;
      await assert.rejects(call(''), {
        code: status.INVALID_ARGUMENT,
        reason: 'INVALID_REQUEST',
        message: 'the request has no name; write the name of a configured guard',
      });
      assert.equal(guards.asked.length, asked);
    });
  }
});

describe('a failure of the administration', () => {
  const failing = (error: unknown): GuardAdministration => ({
    ...knownGuards(),
    list: () => {
      throw error;
    },
    reload: () => Promise.reject(error),
  });

  it('that is known ends the call with its status and reason', async () => {
    const error = new GuardError('INVALID_REQUEST', 'the configuration is no JSON');
    using admin = await AdminConnection.to(failing(error));
    await assert.rejects(
      answer<ReloadGuardsResponse>((done) => admin.client.reloadGuards({}, done)),
      { code: status.INVALID_ARGUMENT, reason: 'INVALID_REQUEST', message: 'the configuration is no JSON' },
    );
    assert.equal(admin.log, '');
  });

  it('that is thrown and unknown is INTERNAL, and its words are in no log that shows no payloads', async () => {
    using admin = await AdminConnection.to(failing(new Error('a secret path')));
    await assert.rejects(
      answer<ListGuardsResponse>((done) => admin.client.listGuards({}, done)),
      { code: status.INTERNAL, reason: 'INTERNAL', message: 'internal error' },
    );
    assert.match(admin.log, /"error":"Error"/);
    assert.doesNotMatch(admin.log, /a secret path/);
  });

  it('that is a rejection and unknown is INTERNAL, and the next call is answered', async () => {
    using admin = await AdminConnection.to(failing('a string'));
    await assert.rejects(
      answer<ReloadGuardsResponse>((done) => admin.client.reloadGuards({}, done)),
      { code: status.INTERNAL, reason: 'INTERNAL', message: 'internal error' },
    );
    const { guard } = await answer<LoadGuardResponse>((done) =>
      admin.client.loadGuard({ name: 'github' }, done),
    );
    assert.deepEqual(guard, github);
  });
});
