import { GatewayError } from '../gateway-error.ts';
import { elementsOf, type JsonTape, kindOf, ROOT, sourceOf, stringOf } from '../response/json-tape.ts';
import { scanIfJson } from '../response/unwrap.ts';
import type { JqReply } from './jq-program.ts';
import type { JqWorker } from './jq-worker.ts';
import { putTogether, type ResultParts, takeApart, textItem } from './result-parts.ts';

/** A result that is about to be delivered: JSON. */
export interface JudgedResult {
  readonly text: string;
  /** Whether it is another than the backend's. */
  readonly isChanged: boolean;
}

/** What a filter is given. */
interface FilterInput {
  readonly json: string;
  /** Whether it is a text that is no JSON, as a JSON string. */
  readonly isProse: boolean;
}

const whyWords: Record<Extract<JqReply, { kind: 'failed' }>['why'] | 'outputs', string> = {
  time: 'it did not end in time',
  memory: 'it used up its memory',
  error: 'jq ended with an error: try the program on a result of this tool',
  outputs: 'it must have exactly one output',
  queue: 'too many filters wait for their turn',
};

/** jq programs that rewrite the results of a server's tools before they are delivered. */
export class ResponseFilters {
  readonly #programs: ReadonlyMap<string, string>;
  readonly #jq: JqWorker;

  /** `programs`: by tool. */
  constructor(programs: Readonly<Record<string, string>>, jq: JqWorker) {
    this.#programs = new Map(Object.entries(programs));
    this.#jq = jq;
  }

  /** Whether the results of a tool are rewritten. */
  concern(tool: string): boolean {
    return this.#programs.has(tool);
  }

  /**
   * The result as the tool's filter leaves it; the same text where there is nothing to filter. Throws a GatewayError
   * FILTER_FAILED when the filter fails: the result holds what it was to remove, so nothing of it is delivered.
   */
  async apply(tool: string, { text, isChanged }: JudgedResult, signal: AbortSignal): Promise<string> {
    const program = this.#programs.get(tool);
    const parts = program === undefined ? undefined : takeApart(text, isChanged);
    const input = parts && inputOf(parts);
    if (program === undefined || parts === undefined || input === undefined) return text;
    const reply = await this.#jq.ask({ kind: 'run', program, input: input.json }, signal);
    return rewritten(parts, input, expectOutput(reply, tool));
  }
}

/** The JSON in the texts, as it is judged; else the structured content; else the texts as one JSON string. */
function inputOf({ members, items }: ResultParts): FilterInput | undefined {
  const texts = items.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const joined = texts.join('');
  if (scanIfJson(joined) !== undefined) return { json: joined, isProse: false };
  const structured = members.get('structuredContent');
  if (structured !== undefined) return { json: structured, isProse: false };
  return texts.length === 0 ? undefined : { json: JSON.stringify(joined), isProse: true };
}

function expectOutput(reply: JqReply, tool: string): { tape: JsonTape; node: number } {
  const tape = reply.kind === 'output' ? scanIfJson(reply.json) : undefined;
  const [node, ...more] = tape === undefined ? [] : elementsOf(tape, ROOT);
  if (tape !== undefined && node !== undefined && more.length === 0) return { tape, node };
  const why = reply.kind === 'failed' ? reply.why : 'outputs';
  throw new GatewayError('FILTER_FAILED', `the response filter of ${tool} failed: ${whyWords[why]}`);
}

/** The output stands where the first text stood; the other texts were part of the input. */
function rewritten(
  parts: ResultParts,
  { isProse }: FilterInput,
  { tape, node }: { tape: JsonTape; node: number },
): string {
  const kind = kindOf(tape, node);
  const output = sourceOf(tape, node);
  const item = textItem(isProse && kind === 'string' ? stringOf(tape, node) : output);
  const first = parts.items.findIndex(({ text }) => text !== undefined);
  const kept = parts.items.flatMap(({ source, text }, index) => {
    if (index === first) return [item];
    return text === undefined ? [source] : [];
  });
  const isStructured = parts.members.has('structuredContent') && kind === 'object';
  return putTogether(parts, {
    content: first === -1 ? [item, ...kept] : kept,
    structuredContent: isStructured ? output : undefined,
  });
}
