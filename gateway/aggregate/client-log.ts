import { rawMembers } from '../rpc/raw-json.ts';
import { writeNotification } from '../rpc/write-message.ts';
import type { SendText } from './child-session.ts';
import { stringOf } from './json-string.ts';

/** The levels at which a client wants to hear of nothing as harmless as a warning. */
const aboveWarning = new Set(['error', 'critical', 'alert', 'emergency']);

/** What the aggregate itself tells a client as log messages, beside those of the servers. */
export class ClientLog {
  #level: string | undefined;

  /** The JSON of the params of the last `logging/setLevel`. */
  get level(): string | undefined {
    return this.#level;
  }

  setLevel(params: string): void {
    this.#level = params;
  }

  warn(sentence: string, send: SendText): void {
    const level = this.#level === undefined ? undefined : stringOf(rawMembers(this.#level).get('level'));
    if (level !== undefined && aboveWarning.has(level)) return;
    const params = JSON.stringify({ level: 'warning', logger: 'sluice', data: sentence });
    send(writeNotification('notifications/message', params).text);
  }
}
