import type { SessionRequest } from '../../proto/gen/sluice/labeler/v1/labeler.ts';

/** Whether one stream of a gateway keeps the order of the protocol. */
export class OrderRules {
  readonly #open = new Set<number>();
  #isOpen = false;

  /** What is wrong with a message of the gateway; undefined: nothing. */
  broken({ message }: SessionRequest): string | undefined {
    if (message === undefined) return 'a message that is none of the four';
    if (message.$case === 'open') return this.#openedAgain(message.value.policy);
    if (!this.#isOpen) return `${message.$case} before open`;
    return message.$case === 'ask' ? this.#brokenAsk(message.value) : undefined;
  }

  /** A question is ended: its id is free. */
  ended(id: number): void {
    this.#open.delete(id);
  }

  #openedAgain(policy: Uint8Array): string | undefined {
    if (this.#isOpen) return 'a second open';
    this.#isOpen = true;
    return policy.length === 0 || isObject(policy) ? undefined : 'a policy that is no JSON object';
  }

  #brokenAsk({ id, question }: Extract<NonNullable<SessionRequest['message']>, { $case: 'ask' }>['value']) {
    if (id === 0 || this.#open.has(id)) return `an ask with the id ${id}, which is 0 or in use`;
    this.#open.add(id);
    if (question === undefined) return 'an ask without a question';
    const { toolArgs } = question.value;
    if (toolArgs.length > 0 && !isObject(toolArgs)) return 'tool_args that are no JSON object';
    if (question.$case === 'labelResponse' && !isObject(question.value.toolResult))
      return 'a tool_result that is no JSON object';
    return undefined;
  }
}

function isObject(json: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
