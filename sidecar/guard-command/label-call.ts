import type { JsonValue } from '../config/json-value.ts';
import { GuardInstance, type Question } from '../guard/guard-instance.ts';
import type { Labeling } from '../guard/labeling.ts';
import { asGuardError, GuardError, type GuardErrorCode } from '../guard-error.ts';
import { parseAgentOutput } from '../guard-output/parse-agent-output.ts';
import { parseResourceOutput } from '../guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../guard-output/parse-response-output.ts';
import type { LabelExport } from '../guest/protocol.ts';
import { orAborted } from '../or-aborted.ts';
import type { Seat } from '../process/seat.ts';
import { SeatVisit } from '../process/seat-visit.ts';
import { policyInput, questionInput } from '../service/question-input.ts';
import type { CannedBackend, ToldCall } from './canned-backend.ts';
import { agentJson, resourceJson, responseJson } from './labels-json.ts';
import type { GuardLine, TriedGuard } from './tried-guard.ts';

/** A tool call to be labelled, in JSON texts. */
export interface AskedCall {
  /** Undefined: `{}`. */
  readonly policy: string | undefined;
  readonly tool: string;
  readonly args: string;
  /** Undefined: `label_response` is not asked. */
  readonly result: string | undefined;
  readonly backend: CannedBackend;
}

/** What one export made of it. */
export interface LabelStep {
  readonly asked: LabelExport;
  readonly outcome:
    | { readonly kind: 'labels'; readonly labels: JsonValue }
    | { readonly kind: 'failed'; readonly code: GuardErrorCode; readonly message: string };
  /** CPU time of the guard process, in milliseconds. */
  readonly guestMs: number;
  /** Time from the question to the answer, in milliseconds. */
  readonly elapsedMs: number;
  readonly backendCalls: readonly ToldCall[];
  readonly lines: readonly GuardLine[];
}

interface Step {
  readonly question: () => Question;
  readonly read: (output: Uint8Array) => JsonValue;
}

/**
 * Has a fresh instance label one call: `label_agent`, `label_resource`, and `label_response` where there is a result. The
 * first step that fails is the last: no gateway would go on.
 */
export async function labelCall(
  guard: TriedGuard,
  call: AskedCall,
  signal: AbortSignal,
): Promise<readonly LabelStep[]> {
  const { backend } = call;
  const seat = await guard.seat(signal);
  const instance = new GuardInstance(seat);
  const steps: LabelStep[] = [];
  try {
    for (const [asked, step] of stepsOf(call)) {
      const told = await takeStep({ guard, seat, instance, backend }, asked, step);
      steps.push(told);
      if (told.outcome.kind === 'failed') break;
    }
    return steps;
  } finally {
    instance.drop();
    instance.letGo();
  }
}

function stepsOf({ policy, tool, args, result }: AskedCall): readonly (readonly [LabelExport, Step])[] {
  const call = { toolName: tool, toolArgs: Buffer.from(args) };
  const steps: (readonly [LabelExport, Step])[] = [
    [
      'label_agent',
      {
        question: () => ({ export: 'label_agent', input: policyInput(Buffer.from(policy ?? '{}')) }),
        read: (output) => agentJson(parseAgentOutput(output)),
      },
    ],
    [
      'label_resource',
      {
        question: () => questionInput({ $case: 'labelResource', value: call }),
        read: (output) => resourceJson(parseResourceOutput(output)),
      },
    ],
  ];
  if (result === undefined) return steps;
  const toolResult = Buffer.from(result);
  const response: Step = {
    question: () => questionInput({ $case: 'labelResponse', value: { ...call, toolResult } }),
    read: (output) => responseJson(parseResponseOutput(output)),
  };
  return [...steps, ['label_response', response]];
}

interface Asked {
  readonly guard: TriedGuard;
  readonly seat: Seat;
  readonly instance: GuardInstance;
  readonly backend: CannedBackend;
}

async function takeStep(
  { guard, seat, instance, backend }: Asked,
  asked: LabelExport,
  { question, read }: Step,
): Promise<LabelStep> {
  const budget = guard.newBudget();
  const cpuMs = budget.cpuMs;
  using labeling = limitedLabeling(guard.version.limits.deadlineMs, backend);
  using visit = new SeatVisit(seat, guard);
  const begunAt = performance.now();
  const outcome = await outcomeOf(async () =>
    read(await instance.call(question(), { labeling, budget, visit })),
  );
  return {
    asked,
    outcome,
    guestMs: cpuMs - budget.cpuMs,
    elapsedMs: performance.now() - begunAt,
    backendCalls: backend.takeCalls(),
    lines: guard.takeLines(),
  };
}

async function outcomeOf(label: () => Promise<JsonValue>): Promise<LabelStep['outcome']> {
  try {
    return { kind: 'labels', labels: await label() };
  } catch (error) {
    const { code, message, cause } = asGuardError(error);
    if (code === 'INTERNAL' && cause !== undefined) throw error;
    return { kind: 'failed', code, message };
  }
}

/** What ends a labeling in a sidecar ends it here. */
function limitedLabeling(deadlineMs: number, backend: CannedBackend): Labeling & Disposable {
  const ending = new AbortController();
  const late = new GuardError('DEADLINE_EXCEEDED', `the labeling did not end within ${deadlineMs} ms`);
  const deadline = setTimeout(() => ending.abort(late), deadlineMs);
  return {
    signal: ending.signal,
    callBackend: (call, signal) => orAborted(Promise.resolve(backend.answer(call)), signal),
    [Symbol.dispose]: () => clearTimeout(deadline),
  };
}
