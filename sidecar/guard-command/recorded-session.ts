import {
  type Answer,
  type Ask,
  type BackendCall,
  type BackendResult,
  type Open,
  type Opened,
  Reason,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';
import { BoundedMap } from '../module/bounded-map.ts';
import { backendErrorName, type CannedAnswer } from './canned-backend.ts';
import { agentJson, resourceJson, responseJson } from './labels-json.ts';
import { parseJson } from './read-json.ts';
import type { RecordedQuestion } from './recorded-question.ts';
import type { SessionWatcher } from './recording-proxy.ts';

/** Questions of one session that are under way; as many others wait for the response of their call. */
const maxQuestions = 256;
/** Answers of the backend that are kept of one session: those of five labelings that ask as much as they may. */
const maxAnswers = 256;

/** Failures that are the guard's doing, and so come again. */
const guardsDoing: ReadonlySet<string> = new Set([
  'GUARD_TRAPPED',
  'GUARD_ERROR',
  'INVALID_OUTPUT',
  'BUDGET_EXCEEDED',
  'MEMORY_LIMIT',
  'OUTPUT_LIMIT',
]);

interface OpenQuestion {
  readonly call: { readonly tool: string; readonly args: JsonObject };
  readonly result: JsonObject | undefined;
  readonly answers: CannedAnswer[];
}

/**
 * Looks on at one session, and tells of each tool call once: with its response where that is asked about, too, and
 * otherwise when the session ends. What it cannot read it leaves out; it never stops a session.
 */
export class RecordedSession implements SessionWatcher {
  readonly #tell: (question: RecordedQuestion) => void;
  readonly #leaveOut: () => void;
  #open: Open | undefined;
  #opened: Opened | undefined;
  readonly #questions = new BoundedMap<number, OpenQuestion>(maxQuestions);
  readonly #calls = new BoundedMap<string, BackendCall>(maxQuestions);
  /** What was asked about resources, until their responses come. */
  readonly #resources = new Map<string, { question: OpenQuestion; came: JsonObject }>();
  /** The latest first. */
  readonly #answers: CannedAnswer[] = [];

  /** `leaveOut` is told of each message that could not be read. */
  constructor(tell: (question: RecordedQuestion) => void, leaveOut: () => void) {
    this.#tell = tell;
    this.#leaveOut = leaveOut;
  }

  readonly request = (bytes: Buffer): void =>
    this.#look(() => this.#takeRequest(SessionRequest.decode(bytes)));

  readonly response = (bytes: Buffer): void =>
    this.#look(() => this.#takeResponse(SessionResponse.decode(bytes)));

  readonly ended = (): void => {
    for (const { question, came } of this.#resources.values()) this.#record(question, came);
    this.#resources.clear();
  };

  #look(look: () => void): void {
    try {
      look();
    } catch {
      this.#leaveOut();
    }
  }

  #takeRequest({ message }: SessionRequest): void {
    if (message?.$case === 'open') this.#open = message.value;
    else if (message?.$case === 'ask') this.#ask(message.value);
    else if (message?.$case === 'backendResult') this.#answered(message.value);
  }

  #takeResponse({ message }: SessionResponse): void {
    if (message?.$case === 'opened') this.#opened = message.value;
    else if (message?.$case === 'backendCall')
      this.#calls.set(`${message.value.id}/${message.value.call}`, message.value);
    else if (message?.$case === 'answer') this.#labelled(message.value);
    else if (message?.$case === 'failed') {
      const code = reasonName(message.value.reason);
      const question = this.#settled(message.value.id);
      if (question === undefined || !guardsDoing.has(code)) return;
      const at = question.result === undefined ? 'label_resource' : 'label_response';
      this.#record(question, { failure: { at, code } });
    }
  }

  #ask({ id, question }: Ask): void {
    if (question === undefined) return;
    const { toolName, toolArgs } = question.value;
    const args = toolArgs.length === 0 ? {} : objectOf(toolArgs);
    const result = question.$case === 'labelResponse' ? objectOf(question.value.toolResult) : undefined;
    this.#questions.set(id, { call: { tool: toolName, args }, result, answers: [] });
  }

  #answered({ id, call, outcome }: BackendResult): void {
    const asked = this.#calls.get(`${id}/${call}`);
    if (asked === undefined || outcome === undefined) return;
    const answer = { tool: asked.tool, args: objectOf(asked.args), outcome: cannedOutcome(outcome) };
    this.#questions.get(id)?.answers.push(answer);
    this.#answers.unshift(answer);
    this.#answers.splice(maxAnswers);
  }

  #labelled({ id, labels }: Answer): void {
    const question = this.#settled(id);
    if (question === undefined || labels === undefined) return;
    const key = JSON.stringify(question.call);
    if (labels.$case === 'resource') {
      this.#makeRoom();
      this.#resources.set(key, { question, came: { resource: resourceJson(labels.value) } });
      return;
    }
    const before = this.#resources.get(key);
    this.#resources.delete(key);
    question.answers.unshift(...(before?.question.answers ?? []));
    this.#record(question, { ...before?.came, response: responseJson(labels.value) });
  }

  /** The question that was answered or failed: it takes no more room. */
  #settled(id: number): OpenQuestion | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    return question;
  }

  #makeRoom(): void {
    const [oldest] = this.#resources;
    if (oldest === undefined || this.#resources.size < maxQuestions) return;
    this.#resources.delete(oldest[0]);
    this.#record(oldest[1].question, oldest[1].came);
  }

  #record({ call, result, answers }: OpenQuestion, came: JsonObject): void {
    const [open, opened] = [this.#open, this.#opened];
    if (open === undefined || opened === undefined) return;
    const policy = open.policy.length === 0 ? undefined : objectOf(open.policy);
    const backend = [...answers, ...this.#answers.filter((each) => !answers.includes(each))];
    const { agent, mode, guardDigest: digest } = opened;
    const all = { agent: agentJson({ agent, mode }), ...came };
    this.#tell({ guard: open.guard, digest, policy, ...call, result, backend, came: all });
  }
}

/** Throws for what is no object, or would lose digits. */
function objectOf(bytes: Uint8Array): JsonObject {
  const value: JsonValue = parseJson(Buffer.from(bytes).toString(), 'the message');
  if (!isJsonObject(value)) throw new Error('no object');
  return value;
}

function cannedOutcome(outcome: NonNullable<BackendResult['outcome']>): CannedAnswer['outcome'] {
  if (outcome.$case === 'json') return { kind: 'result', result: objectOf(outcome.value) };
  const { code, message, retryAfterMs } = outcome.value;
  return { kind: 'error', error: { code: backendErrorName(code), message, retryAfterMs } };
}

function reasonName(reason: Reason): string {
  const name = Object.entries(Reason).find(([, number]) => number === reason)?.[0] ?? '';
  return name.replace('REASON_', '');
}
