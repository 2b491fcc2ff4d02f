import type { BackendAnswer } from '../guest/backend-calls.ts';

/** What one labeling may use, and how it reaches the backend. */
export interface Labeling {
  /** Ends the labeling; its reason is a GuardError. */
  readonly signal: AbortSignal;
  /** Asks the gateway. Rejects with the reason of this signal, or of the labeling's. */
  readonly callBackend: (call: BackendCall, signal: AbortSignal) => Promise<BackendAnswer>;
}

/** One call that a guard makes to the backend of its server, for reading. */
export interface BackendCall {
  readonly tool: string;
  /** A JSON object, UTF-8. */
  readonly args: Uint8Array;
}
