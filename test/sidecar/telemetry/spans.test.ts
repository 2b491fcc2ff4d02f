/** What a collector is told of questions, by a real sidecar. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GuardStream, json } from '../../harness/guard-stream.ts';
import type { ExportedSpan } from '../../harness/otlp/exported.ts';
import { OtlpReceiver } from '../../harness/otlp-receiver.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

/** The span of the gateway that a test's questions are children of. */
const askerId = 'b'.repeat(16);

/** A trace of a test's own. */
function newTrace(digit: string): { id: string; traceparent: string } {
  const id = digit.repeat(32);
  return { id, traceparent: `00-${id}-${askerId}-01` };
}

const isQuestion = ({ parentSpanId }: ExportedSpan) => parentSpanId === askerId;

describe('the spans of a question', () => {
  let receiver: OtlpReceiver;
  let sidecar: RunningSidecar;
  before(async () => {
    receiver = await OtlpReceiver.start();
    const guests = {
      'calls-backend-twice': {},
      'looping-neighbour': { guest: 'loops-or-asks', limits: { cpuMs: 300 } },
      'echoes-backend': {},
      killed: { guest: 'echoes-backend' },
      traps: {},
    };
    sidecar = await RunningSidecar.serving(guests, { env: receiver.env });
    // With the spares.
    await sidecar.hasReadyProcesses(2 * Object.keys(guests).length);
  });
  after(async () => {
    await sidecar[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  /** A session whose questions belong to a trace, and whose opening does not. */
  async function traced(guard: string, traceparent: string): Promise<GuardStream> {
    const stream = await sidecar.open(guard);
    stream.traceparent = traceparent;
    return stream;
  }

  it('are children of the asker’s: its turns, and its backend calls with a context of their own', async () => {
    const { id, traceparent } = newTrace('1');
    const stream = await traced('calls-backend-twice', traceparent);
    stream.answerBackend = () => json({});
    await stream.labelResponse('get', { content: [] });
    const question = await receiver.span((span) => span.traceId === id && isQuestion(span));
    const seen = ['sluice.guard.run', 'sluice.guard.turn.end', 'sluice.guard.backend_call.code'];
    assert.equal(
      receiver.tree(id, seen),
      [
        'sidecar SERVER label_response calls-backend-twice',
        '  sidecar INTERNAL guard.run sluice.guard.run=1 sluice.guard.turn.end=backend_call',
        '  sidecar CLIENT call_backend get sluice.guard.backend_call.code=OK',
        '  sidecar INTERNAL guard.run sluice.guard.run=1 sluice.guard.turn.end=backend_call',
        '  sidecar CLIENT call_backend get sluice.guard.backend_call.code=OK',
        '  sidecar INTERNAL guard.run sluice.guard.run=1 sluice.guard.turn.end=returned',
      ].join('\n'),
    );
    const { guardDigest } = stream.openings[0] ?? {};
    assert.deepEqual(question.attributes, {
      'sluice.guard.name': 'calls-backend-twice',
      'sluice.guard.question': 'label_response',
      'sluice.guard.digest': guardDigest,
      'rpc.system.name': 'grpc',
      'rpc.method': 'sluice.labeler.v1.LabelerService/Session',
      'rpc.response.status_code': 'OK',
    });
    const calls = receiver.of(id).filter(({ kind }) => kind === 'CLIENT');
    assert.deepEqual(
      stream.backendCalls.map((call) => call.traceparent),
      calls.map(({ spanId }) => `00-${id}-${spanId}-01`),
    );
    await stream.close();
  });

  it('begin with the opening, whose context is that of `open`', async () => {
    const { id, traceparent } = newTrace('2');
    const stream = sidecar.stream();
    stream.traceparent = traceparent;
    await stream.open('echoes-backend');
    await receiver.span((span) => span.traceId === id && isQuestion(span));
    const lines = ['sidecar SERVER label_agent echoes-backend', '  sidecar INTERNAL guard.run'];
    assert.equal(receiver.tree(id), lines.join('\n'));
    await stream.close();
  });

  it('name the tool of a backend call only where the gateway called it: a guest could name anything', async () => {
    const { id, traceparent } = newTrace('3');
    const stream = await traced('echoes-backend', traceparent);
    stream.answerBackend = () => ({
      $case: 'error',
      value: { code: 7, message: 'no such words in spans', retryAfterMs: 0 },
    });
    await assert.rejects(stream.labelResource('a-tool-that-only-agents-know', { secret: 'of-the-agent' }));
    await receiver.span((span) => span.traceId === id && isQuestion(span));
    const call = receiver.of(id).find(({ kind }) => kind === 'CLIENT');
    assert.equal(call?.name, 'call_backend');
    assert.equal(call?.attributes['error.type'], call?.attributes['sluice.guard.backend_call.code']);
    const sent = Buffer.concat(receiver.bodies).toString('latin1');
    for (const words of ['no such words', 'only-agents-know', 'of-the-agent'])
      assert.ok(!sent.includes(words), words);
    await stream.close();
  });

  it('tell what a guest failed of, and not with which words', async () => {
    const { id, traceparent } = newTrace('4');
    const stream = await traced('traps', traceparent);
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    const question = await receiver.span((span) => span.traceId === id && isQuestion(span));
    assert.equal(question.attributes['rpc.response.status_code'], 'UNKNOWN');
    assert.equal(question.statusMessage, '');
    assert.equal(
      receiver.tree(id, ['error.type']),
      [
        'sidecar SERVER label_response traps error.type=GUARD_TRAPPED !',
        '  sidecar INTERNAL guard.run error.type=GUARD_TRAPPED !',
      ].join('\n'),
    );
    await stream.close();
  });

  it('tell of the wait for a turn, of a kill, and of the neighbour that ran again', async () => {
    const [killed, waiting] = [newTrace('5'), newTrace('6')];
    const guard = 'looping-neighbour';
    const [loops, asks] = [await traced(guard, killed.traceparent), await traced(guard, waiting.traceparent)];
    const before = sidecar.log.length;
    asks.answerBackend = () => new Promise(() => undefined);
    const answer = asks.labelResource('get');
    await asks.backendCall();
    const looped = loops.labelResponse('get', {});
    await sidecar.logged('looping', before);
    // The guest that waits goes on only when the process has time for it, and that is killed before.
    asks.answerBackend = () => json({ resource: {} });
    asks.send({
      $case: 'backendResult',
      value: { id: asks.lastId, call: 1, outcome: json({ resource: {} }) },
    });
    await assert.rejects(looped, { reason: 'BUDGET_EXCEEDED' });
    await answer;
    await receiver.span((span) => span.traceId === killed.id && isQuestion(span));
    await receiver.span((span) => span.traceId === waiting.id && isQuestion(span));
    const failure = 'error.type=BUDGET_EXCEEDED !';
    assert.equal(
      receiver.tree(killed.id, ['sluice.guard.run', 'error.type']),
      [
        `sidecar SERVER label_response ${guard} ${failure}`,
        `  sidecar INTERNAL guard.run sluice.guard.run=1 ${failure}`,
      ].join('\n'),
    );
    const waits = receiver.of(waiting.id).filter(({ name }) => name === 'guard.queue');
    assert.ok(waits.length > 0);
    const tree = receiver.tree(waiting.id, ['sluice.guard.run', 'error.type']).split('\n');
    assert.deepEqual(
      // The new process may have had something to do at first.
      tree.filter((line) => !line.includes('guard.queue')),
      [
        `sidecar SERVER label_resource ${guard}`,
        '  sidecar INTERNAL guard.run sluice.guard.run=1',
        '  sidecar CLIENT call_backend get',
        '  sidecar INTERNAL guard.run sluice.guard.run=1 error.type=PROCESS_LOST !',
        '  sidecar INTERNAL guard.prime',
        '    sidecar INTERNAL guard.run sluice.guard.run=2',
        '  sidecar INTERNAL guard.run sluice.guard.run=2',
        '  sidecar CLIENT call_backend get',
        '  sidecar INTERNAL guard.run sluice.guard.run=2',
      ],
    );
    await sidecar.logged('its process is ready', before);
    const starts = sidecar.log.split('\n').filter((line) => line.includes('its process is ready'));
    assert.deepEqual(
      starts.filter((line) => line.includes('trace_id')),
      [],
    );
    assert.match(sidecar.log, new RegExp(`its process ended.*"trace_id":"${killed.id}"`));
    await Promise.all([loops.close(), asks.close()]);
  });

  it('tell of the wait for a process where none was warm', async () => {
    const { id, traceparent } = newTrace('7');
    const stream = await traced('killed', traceparent);
    stream.answerBackend = () => json({ resource: {} });
    const ready = sidecar.logLines.filter(
      ({ guard, message }) => guard === 'killed' && message.startsWith('its process is ready'),
    );
    assert.equal(ready.length, 2);
    for (const { message } of ready) process.kill(Number(/\d+/.exec(message)?.[0]), 'SIGKILL');
    await stream.labelResource('get');
    await receiver.span((span) => span.traceId === id && isQuestion(span));
    assert.ok(receiver.of(id).some(({ name }) => name === 'guard.process'));
    await stream.close();
  });

  it('are not told where the asker’s trace is not kept; its context goes on to the backend', async () => {
    const { id } = newTrace('8');
    const kept = newTrace('9');
    const traceparent = `00-${id}-${askerId}-00`;
    const stream = await traced('echoes-backend', traceparent);
    stream.answerBackend = () => json({ resource: {} });
    await stream.labelResource('get');
    assert.deepEqual(
      stream.backendCalls.map((call) => call.traceparent),
      [traceparent],
    );
    stream.traceparent = kept.traceparent;
    await stream.labelResource('get');
    await receiver.span((span) => span.traceId === kept.id && isQuestion(span));
    assert.deepEqual(receiver.of(id), []);
    await stream.close();
  });
});
