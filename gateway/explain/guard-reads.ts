import {
  type BackendCall,
  BackendErrorCode,
  type BackendResult,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { type ReadAccess, readForGuard } from '../guard/read-for-guard.ts';

/** What a guard has asked its server for. */
export interface GuardRead {
  readonly server: string;
  readonly tool: string;
  /** As the guard wrote them. */
  readonly args: string;
  /** `not-asked`: the server was left alone. */
  readonly answer: 'not-asked' | 'result' | 'error';
  /** Why there was no result; the server may have written it. */
  readonly message: string;
}

/** So many reads are noted: a guard may ask for ever. */
const maxNoted = 1_000;
/** Longer arguments are cut, in characters. */
const maxArgsLength = 2_000;

/** Reads for guards, within the bounds that hold in the gateway, or answers that nothing is read; and notes what was asked. */
export class GuardReads {
  readonly areAllowed: boolean;
  readonly noted: GuardRead[] = [];

  constructor(areAllowed: boolean) {
    this.areAllowed = areAllowed;
  }

  /** Reads for the guard of one server. */
  readerFor(server: string): typeof readForGuard {
    return async (access, call, signal) => {
      const outcome = await this.#read(access, call, signal);
      const { tool, args } = call;
      const asked = { server, tool, args: Buffer.from(args).toString().slice(0, maxArgsLength) };
      if (this.noted.length < maxNoted) this.noted.push({ ...asked, ...this.#answer(outcome) });
      return outcome;
    };
  }

  async #read(access: ReadAccess, call: BackendCall, signal: AbortSignal): Promise<BackendResult['outcome']> {
    if (this.areAllowed) return readForGuard(access, call, signal);
    const code = BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE;
    const message = 'nothing is read from the server to explain a call';
    return { $case: 'error', value: { code, message, retryAfterMs: 0 } };
  }

  #answer(outcome: BackendResult['outcome']): Pick<GuardRead, 'answer' | 'message'> {
    if (!this.areAllowed) return { answer: 'not-asked', message: '' };
    return outcome?.$case === 'error'
      ? { answer: 'error', message: outcome.value.message }
      : { answer: 'result', message: '' };
  }
}
