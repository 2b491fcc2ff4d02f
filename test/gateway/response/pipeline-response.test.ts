// The pipeline vectors, as far as they are decided by pure code: scripts of guards that answer, and a backend's result.
// What needs processes (guards that fail, backends that fail) is tested with the real pair.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide, stopsCall } from '../../../gateway/monitor/access.ts';
import { filter } from '../../../gateway/monitor/filter.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { floorMode, type Mode } from '../../../gateway/monitor/mode.ts';
import { writeSinkLabels } from '../../../gateway/monitor/write-sink.ts';
import { renderAcknowledgement, renderOutcome, type Withheld } from '../../../gateway/outcome.ts';
import { type JudgedCall, judgeResponse } from '../../../gateway/response/judge-response.ts';
import { type LabelledResponse, labelResponse } from '../../../gateway/response/label-response.ts';
import { ResponseError } from '../../../gateway/response/response-error.ts';
import type { ResponseLabels } from '../../../gateway/response/response-labels.ts';
import {
  category,
  type LabelsVector,
  labels,
  readVectors,
  sorted,
  type Vector,
} from '../monitor/read-vectors.ts';
import { scriptedAgent, scriptedResource, scriptedResponse } from './scripted-labels.ts';

type Script = string | { readonly fail: string };

interface PipelineVector extends Vector {
  readonly mode: Mode;
  readonly operatorMode: Mode;
  readonly operation: string | null;
  readonly tool: string;
  readonly agentBefore: LabelsVector;
  readonly guard: {
    readonly labelAgent?: Script;
    readonly labelResource?: Script;
    readonly labelResponse?: Script;
    readonly writeSink?: { readonly accept: string[]; readonly sinkVisibility: string | null };
  };
  readonly backend: { readonly result?: Record<string, unknown> };
  readonly expect: {
    readonly kind: 'result' | 'denied' | 'failed';
    readonly category?: string;
    readonly backendCalled: boolean;
    readonly isError?: boolean;
    readonly acknowledged?: boolean;
    readonly notice: boolean;
    readonly noticeClass?: string;
    readonly kept?: readonly (number | 'whole')[];
    readonly withheld?: readonly { readonly index: number | 'whole'; readonly category: string }[];
    readonly content?: readonly { readonly type: string; readonly json?: unknown }[];
    readonly visible: readonly string[];
    readonly hidden: readonly string[];
    readonly agentAfter: LabelsVector;
  };
}

/** What a client gets, and what became of the agent. */
interface Played {
  readonly kind: 'result' | 'denied' | 'failed';
  readonly category?: string;
  readonly text: string;
  readonly backendCalled: boolean;
  readonly agentAfter: Labels;
  readonly call: JudgedCall;
  readonly response?: LabelledResponse;
  readonly withheld?: Withheld;
}

/** Cases of guards or backends that fail: nothing of them is decided here. */
const OF_PROCESSES = new Set(['guard-unavailable', 'label-agent-failed', 'label-resource-failed']);
const vectors = readVectors<PipelineVector>('pipeline').filter(
  (vector) => !OF_PROCESSES.has(vector.group) && vector.backend.result !== undefined && isReadable(vector),
);

test('the pipeline vectors that are decided by pure code are all here', () => {
  assert.equal(vectors.length, 155);
});

describe('pipeline vectors, from the labels to what the client gets', () => {
  for (const vector of vectors) {
    test(vector.id, () => {
      const played = play(vector);
      const { expect } = vector;
      assert.equal(played.kind, expect.kind);
      assert.equal(played.category, expect.category);
      assert.equal(played.backendCalled, expect.backendCalled);
      assert.equal(played.call.mode, vector.mode);
      assert.equal(played.call.operation, vector.operation);
      assert.deepEqual(sorted(played.agentAfter), expect.agentAfter);
      for (const text of expect.visible) assert.ok(played.text.includes(text), `${text} is not visible`);
      for (const text of expect.hidden) assert.ok(!played.text.includes(text), `${text} is not hidden`);
      if (expect.withheld !== undefined) checkFates(played, expect);
      if (expect.kind === 'result') checkResult(played, vector);
      else assert.equal(JSON.parse(played.text).isError, true);
    });
  }
});

/** Whether the script of label_response says something that this test's small parser takes, or is never asked. */
function isReadable({ guard }: PipelineVector): boolean {
  const script = guard.labelResponse;
  if (script === undefined || typeof script !== 'string') return script?.fail !== 'timeout';
  try {
    scriptedResponse(script);
    return true;
  } catch {
    return false;
  }
}

function play(vector: PipelineVector): Played {
  const call = callOf(vector);
  const decision = decide(call);
  if (stopsCall(call, decision)) {
    const outcome = { kind: 'denied', reason: decision.reason, tags: decision.tags } as const;
    const text = renderOutcome(outcome);
    return {
      kind: 'denied',
      category: category(decision.reason),
      text,
      backendCalled: false,
      agentAfter: call.agent,
      call,
    };
  }
  const said = call.operation === 'write' ? ({ kind: 'none' } as const) : responseLabelsOf(vector);
  try {
    return judged(call, labelResponse(JSON.stringify(vector.backend.result), said));
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    assert.equal(error.reason, 'INVALID_OUTPUT');
    const text = renderOutcome({ kind: 'failed', reason: error.reason, wasCalled: true });
    return {
      kind: 'failed',
      category: 'label-response-failed',
      text,
      backendCalled: true,
      agentAfter: call.agent,
      call,
    };
  }
}

function callOf({ guard, tool, operatorMode, agentBefore }: PipelineVector): JudgedCall {
  const before = labels(agentBefore);
  if (guard.writeSink !== undefined) {
    const { accept, sinkVisibility } = guard.writeSink;
    const resource = writeSinkLabels({ accept, visibility: sinkVisibility ?? undefined });
    const mode = floorMode(operatorMode, 'filter');
    return { mode, operation: 'write', agent: before, resource, tool, isWriteSink: true, notice: 'full' };
  }
  const granted = scriptedAgent(textOf(guard.labelAgent));
  const agent = {
    secrecy: before.secrecy.union(granted.agent.secrecy),
    integrity: before.integrity.union(granted.agent.integrity),
  };
  const mode = floorMode(operatorMode, granted.mode);
  const said = scriptedResource(textOf(guard.labelResource));
  return { mode, agent, ...said, tool, isWriteSink: false, notice: 'full' };
}

function responseLabelsOf({ guard }: PipelineVector): ResponseLabels {
  return scriptedResponse(textOf(guard.labelResponse));
}

function textOf(script: Script | undefined): string {
  if (typeof script !== 'string') throw new Error('this script must not run');
  return script;
}

function judged(call: JudgedCall, response: LabelledResponse): Played {
  const judgement = judgeResponse(call, response);
  const { withheld } = judgement;
  const common = { backendCalled: true, call, response, withheld };
  if (judgement.kind === 'deliver') return { ...common, ...judgement, kind: 'result' };
  const text = renderOutcome({ kind: 'denied', reason: judgement.reason });
  return { kind: 'denied', category: category(judgement.reason), text, agentAfter: call.agent, ...common };
}

function checkFates({ call, response, withheld }: Played, expect: PipelineVector['expect']): void {
  if (response === undefined) return;
  const isWhole = response.kind === 'whole';
  const { fates } = filter(call, isWhole ? [response.labels] : response.labels);
  const indexOf = (index: number) => (isWhole ? 'whole' : index);
  const actual = fates.flatMap((rule, index) =>
    rule ? [{ index: indexOf(index), category: category(rule) }] : [],
  );
  assert.deepEqual(actual, expect.withheld);
  const kept = fates.flatMap((rule, index) => (rule ? [] : [indexOf(index)]));
  assert.deepEqual(kept, expect.kept);
  assert.equal(withheld?.count, actual.length);
}

function checkResult({ text }: Played, { expect, backend }: PipelineVector): void {
  const result = JSON.parse(text);
  assert.equal(result.isError ?? false, expect.isError);
  if (expect.acknowledged) assert.equal(text, renderAcknowledgement());
  if (expect.notice) checkNotice(result, expect.noticeClass);
  else assert.equal(result._meta?.['sluice.dev/withheld'], undefined);
  if (expect.withheld?.length === 0 && !('siblings' in expect))
    assert.equal(text, JSON.stringify(backend.result));
  if (expect.content === undefined) return;
  const content: readonly { text: string }[] = expect.notice ? result.content.slice(0, -1) : result.content;
  assert.deepEqual(content.map(comparable), expect.content.map(comparable));
}

/** A content item with the JSON in it, expected or real, where there is any. */
function comparable(item: { readonly text?: string; readonly json?: unknown }) {
  const { text, json, ...rest } = item;
  if (text === undefined) return item;
  try {
    return { ...rest, json: JSON.parse(text) };
  } catch {
    return item;
  }
}

function checkNotice(
  result: { content: { text: string }[]; _meta: Record<string, unknown> },
  kind?: string,
): void {
  const notice = result.content.at(-1)?.text ?? '';
  const named = ['secrecy', 'integrity', 'access'].find((word) => notice.includes(`the ${word} policy`));
  assert.equal(named, kind);
  assert.ok(result._meta['sluice.dev/withheld']);
}
