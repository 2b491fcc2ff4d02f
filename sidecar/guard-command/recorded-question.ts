import type { JsonObject } from '../config/json-value.ts';
import type { CannedAnswer } from './canned-backend.ts';

/** A question that a sidecar answered, with all that it takes to ask it again. */
export interface RecordedQuestion {
  /** The guard's name in the sidecar's configuration. */
  readonly guard: string;
  /** SHA-256 of the guard that answered, lower-case hex. */
  readonly digest: string;
  /** Undefined: the guard's own. */
  readonly policy: JsonObject | undefined;
  readonly tool: string;
  readonly args: JsonObject;
  /** Undefined: `label_response` was not asked. */
  readonly result: JsonObject | undefined;
  /** What the backend answered: for this question first, then what the session had read before, the latest first. */
  readonly backend: readonly CannedAnswer[];
  /** In the form of a case's `expect`. */
  readonly came: JsonObject;
}
