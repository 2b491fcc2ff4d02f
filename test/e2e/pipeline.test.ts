/** Every vector of one tool call, through a real gateway, a real sidecar and a guard that answers what its policy says. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { parseConfig } from '../../gateway/config.ts';
import { explainCall } from '../../gateway/explain/explain-call.ts';
import type { Verdict } from '../../gateway/explain/explanation.ts';
import { GuardReads } from '../../gateway/explain/guard-reads.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { LabelerClient } from '../../gateway/guard/labeler-client.ts';
import type { Labels } from '../../gateway/monitor/labels.ts';
import { OpenTransports } from '../../gateway/server-transport/open-transports.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { assemble, temporaryFolder } from '../harness/wasm-guard.ts';

interface TagLists {
  readonly secrecy: readonly string[];
  readonly integrity: readonly string[];
}

interface Vector {
  readonly id: string;
  readonly operatorMode: string;
  readonly tool: string;
  readonly agentBefore: TagLists;
  readonly guard: {
    readonly unloadable?: string;
    readonly writeSink?: { readonly accept: readonly string[]; readonly sinkVisibility: string | null };
  };
  readonly backend?: Script;
  readonly expect: Expectation;
}

interface Expectation {
  readonly kind: 'result' | 'denied' | 'failed';
  readonly category?: string;
  readonly backendCalled: boolean;
  readonly isError?: boolean;
  readonly notice: boolean;
  readonly noticeClass?: string;
  readonly acknowledged?: boolean;
  readonly withheld?: readonly { readonly category: string }[];
  readonly content?: readonly { readonly json?: unknown }[];
  readonly visible: readonly string[];
  readonly hidden: readonly string[];
  readonly agentAfter: TagLists;
}

interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly isError?: boolean;
  readonly _meta?: Record<string, unknown>;
}

const root = join(import.meta.dirname, '..', '..');
const { vectors }: { vectors: Vector[] } = JSON.parse(
  await readFile(join(root, 'test/vectors/pipeline.json'), 'utf8'),
);
const quiet = { write: () => undefined } as unknown as ConstructorParameters<
  typeof import('../../gateway/log.ts').Log
>[0];
const { Log } = await import('../../gateway/log.ts');

/** The codes that a category of the vectors may be told by. */
const guardFailures = [
  'GUARD_TRAPPED',
  'GUARD_ERROR',
  'INVALID_OUTPUT',
  'DEADLINE_EXCEEDED',
  'BUDGET_EXCEEDED',
];
const reasons: Readonly<Record<string, readonly string[]>> = {
  'read-integrity': ['READ_INTEGRITY'],
  'read-secrecy': ['READ_SECRECY'],
  'write-integrity': ['WRITE_INTEGRITY'],
  'write-secrecy': ['WRITE_SECRECY'],
  'items-withheld': ['ITEMS_WITHHELD'],
  'guard-unavailable': ['GUARD_UNAVAILABLE'],
  'label-agent-failed': ['POLICY_REJECTED', ...guardFailures],
  'label-resource-failed': guardFailures,
  'label-response-failed': guardFailures,
  'backend-failed': ['BACKEND_ERROR', 'BACKEND_UNAVAILABLE', 'DEADLINE_EXCEEDED'],
};

suite('a tool call through gateway, sidecar and guard', () => {
  let sidecar: RunningSidecar;
  let backends: ScriptedBackends;
  let broken: Record<string, object>;

  before(async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'not-wasm.wasm'), 'this is no module');
    await writeFile(join(folder, 'export-missing.wasm'), assemble('(module (memory (export "memory") 1))'));
    await writeFile(join(folder, 'wrong-signature.wasm'), assemble(wrongSignature));
    broken = Object.fromEntries(
      ['file-missing', 'not-wasm', 'export-missing', 'wrong-signature', 'directory-unreadable'].map((why) => [
        why,
        { type: 'wasm', path: join(folder, `${why}.wasm`) },
      ]),
    );
    // A guard that is out of time is out of CPU time here; its neighbours have time enough to wait for it.
    const limits = { deadlineMs: 20_000, cpuMs: 100 };
    const scripted = { type: 'wasm', path: join(root, 'guards/scripted/scripted.wasm'), limits };
    sidecar = await RunningSidecar.start({ scripted, ...broken });
    backends = await ScriptedBackends.start();
  });
  after(async () => {
    await sidecar[Symbol.asyncDispose]();
    await backends[Symbol.asyncDispose]();
  });

  for (const vector of vectors) {
    test(vector.id, async () => {
      const config = configOf(vector);
      await using gateway = await Gateway.start(config, '', new Log(quiet));
      const result = await callTool(gateway.port, nameOf(vector), vector.tool);
      expectOutcome(result, vector.expect);
      expectTexts(JSON.stringify(result), vector.expect);
      assert.equal(
        (backends.calls.get(`/${vector.id}`)?.length ?? 0) > 0,
        vector.expect.backendCalled,
        'backendCalled',
      );
      assert.deepEqual(labelsOf(gateway), vector.expect.agentAfter);
    });
  }

  for (const vector of vectors) {
    // Where there was no result, there is none to explain.
    if (savedResult(vector.backend) === undefined) continue;
    test(`${vector.id}, explained`, async () => {
      const config = configOf(vector);
      await using open = new OpenTransports();
      using labeler = new LabelerClient(sidecar.address);
      const reads = new GuardReads(false);
      const around = { labeler, log: new Log(quiet), open, reads, as: undefined };
      const rules = { operatorMode: config.guardsMode, notice: config.notice };
      const { server, call } = { server: nameOf(vector), call: { tool: vector.tool, args: '{}' } };
      const asked = { server, call, as: undefined, principal: 'anonymous', allowsReads: false };
      const { verdict } = await explainCall(
        { ...asked, result: savedResult(vector.backend) },
        { servers: config.servers, rules, around },
        AbortSignal.timeout(30_000),
      );
      expectVerdict(verdict, vector.expect);
      assert.deepEqual(backends.messages.get(`/${vector.id}`), [], 'nothing is said to the server');
    });
  }

  /** One server is called; another one only grants what the agent holds already. */
  function configOf(vector: Vector) {
    const script = vector.backend ?? { result: { content: [] } };
    const isSilent =
      vector.backend !== undefined && 'error' in vector.backend && 'transport' in vector.backend.error;
    const toolTimeout = isSilent ? 2 : 30;
    const url = backends.add(`/${vector.id}`, [{ name: vector.tool, script }]);
    const labelAgent = JSON.stringify({ agent: vector.agentBefore, difc_mode: 'filter' });
    const grant = {
      labelAgent,
      labelResource: { fail: 'must-not-run' },
      labelResponse: { fail: 'must-not-run' },
    };
    const text = JSON.stringify({
      gateway: {
        listen: '127.0.0.1:0',
        guardsMode: vector.operatorMode,
        sidecar: sidecar.address,
      },
      guards: { scripted: { type: 'wasm', path: 'x' }, 'unknown-type': { type: 'oracle' }, ...broken },
      mcpServers: {
        [nameOf(vector)]: { type: 'http', url, toolTimeout, ...guardOf(vector) },
        before: { type: 'http', url, guard: 'scripted', 'guard-policies': grant },
      },
    });
    return parseConfig(text, { folder: root, env: {} });
  }
});

/** What the tool would have answered; nothing where that is no result. */
function savedResult(script: Script | undefined): string | undefined {
  if (script === undefined || 'error' in script) return undefined;
  return 'json' in script ? script.json : JSON.stringify(script.result);
}

/** What `explain` says of a call must be what became of it. */
function expectVerdict(verdict: Verdict, { kind, category, agentAfter, visible, hidden }: Expectation): void {
  assert.equal(verdict.kind === 'allowed' ? 'result' : verdict.kind, kind, JSON.stringify(verdict));
  if (verdict.kind !== 'allowed') {
    assert.ok(reasons[category ?? '']?.includes(verdict.reason), `${verdict.reason} for ${category}`);
    return;
  }
  const { text = '', agentAfter: after } = verdict.delivered ?? {};
  expectTexts(text, { visible, hidden });
  assert.deepEqual(after && tagLists(after), agentAfter);
}

const wrongSignature = `(module (memory (export "memory") 1)
  (func (export "label_agent") (param i32 i32 i32 i32) (result i32) i32.const 0)
  (func (export "label_resource") (param i64) (result i32) i32.const 0)
  (func (export "label_response") (param i32 i32 i32 i32) (result i32) i32.const 0))`;

/** A sink whose visibility nobody named is public, unless it has the name of the one that gh-aw exempts. */
function nameOf({ guard }: Vector): string {
  return guard.writeSink?.sinkVisibility === null ? 'safe-outputs' : 'target';
}

function guardOf({ guard }: Vector): object {
  if (guard.unloadable !== undefined) return { guard: guard.unloadable };
  if (guard.writeSink === undefined) return { guard: 'scripted', 'guard-policies': guard };
  const { accept, sinkVisibility } = guard.writeSink;
  return {
    'guard-policies': {
      'write-sink': { accept, ...(sinkVisibility && { 'sink-visibility': sinkVisibility }) },
    },
  };
}

async function callTool(port: number, server: string, tool: string): Promise<ToolResult> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp/${server}`)) as Transport,
  );
  const result = await client.request(
    { method: 'tools/call', params: { name: tool, arguments: {} } },
    ResultSchema,
  );
  await client.close();
  return result as unknown as ToolResult;
}

function labelsOf(gateway: Gateway): TagLists {
  return tagLists(gateway.agentLabels('anonymous', ''));
}

function tagLists({ secrecy, integrity }: Labels): TagLists {
  return { secrecy: [...secrecy].sort(), integrity: [...integrity].sort() };
}

function expectOutcome(result: ToolResult, expected: Expectation): void {
  const outcome = result._meta?.['sluice.dev/outcome'] ?? 'result';
  assert.equal(outcome, expected.kind, JSON.stringify(result));
  if (expected.kind === 'result') {
    expectResult(result, expected);
    return;
  }
  assert.equal(result.isError, true);
  const reason = String(result._meta?.['sluice.dev/reason']);
  assert.ok(reasons[expected.category ?? '']?.includes(reason), `${reason} for ${expected.category}`);
}

function expectResult(result: ToolResult, expected: Expectation): void {
  assert.equal(result.isError ?? false, expected.isError ?? false);
  const items = [...result.content];
  const notice = expected.notice ? items.pop() : undefined;
  if (expected.notice) {
    assert.match(notice?.text ?? '', new RegExp(`withheld.*${expected.noticeClass}`));
    const withheld = result._meta?.['sluice.dev/withheld'] as { count: number } | undefined;
    assert.equal(withheld?.count, expected.withheld?.length);
  }
  if (expected.content !== undefined)
    assert.deepEqual(
      items.map((item, i) => asIn(item, expected.content?.[i])),
      expected.content,
    );
}

/** An item of the vectors with `json` is compared as JSON instead of text. */
function asIn(item: ToolResult['content'][number], expected: { json?: unknown } | undefined): object {
  if (expected === undefined || !('json' in expected)) return item;
  const { text, ...rest } = item;
  return { ...rest, json: JSON.parse(text) };
}

function expectTexts(text: string, { visible, hidden }: Pick<Expectation, 'visible' | 'hidden'>): void {
  for (const word of visible) assert.ok(text.includes(word), `${word} should be visible in ${text}`);
  for (const word of hidden) assert.ok(!text.includes(word), `${word} should be hidden in ${text}`);
}
