import type { handleUnaryCall } from '@grpc/grpc-js';
import type { AdminServiceServer } from '../../proto/gen/sluice/admin/v1/admin.ts';
import { cleanLine } from '../clean-line.ts';
import { faultOf } from '../fault-of.ts';
import type { GuardAdministration, GuardStatus } from '../guard/guard-status.ts';
import { asGuardError, GuardError } from '../guard-error.ts';
import type { Log } from '../log.ts';
import { grpcStatus } from './grpc-status.ts';
import { guardMessage, reloadMessage } from './guard-status-message.ts';

/** The admin service: it shows an operator the guards, and takes them into and out of service. */
export class AdminService {
  readonly #guards: GuardAdministration;
  readonly #log: Log;

  constructor(guards: GuardAdministration, log: Log) {
    this.#guards = guards;
    this.#log = log;
  }

  get handlers(): AdminServiceServer {
    const guards = this.#guards;
    return {
      listGuards: this.#unary(() => ({ guards: guards.list().map(guardMessage) })),
      getGuard: this.#unary(({ name }) => ({ guard: guardMessage(this.#find(named(name))) })),
      loadGuard: this.#unary(async ({ name }) => ({ guard: guardMessage(await guards.load(named(name))) })),
      reloadGuards: this.#unary(async () => ({ reloads: (await guards.reload()).map(reloadMessage) })),
      quarantineGuard: this.#unary(async ({ name, reason }) => ({
        guard: guardMessage(await guards.quarantine(named(name), cleanLine(reason) || noReason)),
      })),
      releaseGuard: this.#unary(async ({ name }) => ({
        guard: guardMessage(await guards.release(named(name))),
      })),
    };
  }

  #find(name: string): GuardStatus {
    const found = this.#guards.list().find((guard) => guard.name === name);
    if (found !== undefined) return found;
    const shown = JSON.stringify(cleanLine(name, 80));
    throw new GuardError('GUARD_NOT_FOUND', `no guard ${shown} is configured; ask for ListGuards`);
  }

  /** The one place where a fault of a handler ends up: grpc-js would take the process down, or leave the call open. */
  #unary<Q, A>(answer: (request: Q) => A | Promise<A>): handleUnaryCall<Q, A> {
    return async (call, callback) => {
      try {
        callback(null, await answer(call.request));
      } catch (error) {
        const { code, cause, message } = asGuardError(error);
        if (code === 'INTERNAL')
          this.#log.write('error', 'internal error', faultOf(cause ?? new Error(message)));
        callback(grpcStatus(error));
      }
    };
  }
}

/** An empty name is one that the caller left out. */
function named(name: string): string {
  if (name !== '') return name;
  throw new GuardError('INVALID_REQUEST', 'the request has no name; write the name of a configured guard');
}

const noReason = 'no reason was given';
