import { HttpError } from '../http/http-error.ts';
import type { Closing } from './closing.ts';
import type { Health } from './health.ts';

/** An answer of the sidecar holds for so long, in milliseconds: anybody may ask whether the gateway is ready. */
const sidecarMaxAgeMs = 1_000;

/** What has to be so that calls can be judged. */
export interface ReadinessParts {
  readonly health: Health;
  readonly closing: Closing;
  /** Whether the sidecar answers now, or no server has a guard in it. */
  readonly sidecarAnswers: () => Promise<boolean>;
}

/** Knows whether the gateway can judge calls. A guard that cannot be had is judged, too: its server's calls fail. */
export class Readiness {
  readonly #parts: ReadinessParts;
  #answer: Promise<boolean> | undefined;
  #askedAtMs = 0;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Throws 503 with the reason while it cannot. */
  async expect(): Promise<void> {
    const { health, closing } = this.#parts;
    if (closing.hasBegun) throw notReady('the gateway is shutting down');
    if (!health.hasProbed) throw notReady('the guards are being asked for the first time');
    if (!(await this.#sidecarAnswers())) throw notReady(whoIsSilent(health));
  }

  #sidecarAnswers(): Promise<boolean> {
    const { sidecarAnswers } = this.#parts;
    const isOld = performance.now() - this.#askedAtMs > sidecarMaxAgeMs;
    if (this.#answer === undefined || isOld) {
      this.#askedAtMs = performance.now();
      this.#answer = sidecarAnswers();
    }
    return this.#answer;
  }
}

function whoIsSilent({ sidecars: { sidecars = {} } }: Health): string {
  const addresses = Object.keys(sidecars);
  if (addresses.length < 2) return 'the sidecar, which labels, does not answer';
  return `none of the sidecars, which label, answers: ${addresses.join(', ')}`;
}

function notReady(reason: string): HttpError {
  return new HttpError(503, 'not_ready', reason);
}
