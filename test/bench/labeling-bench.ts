import assert from 'node:assert/strict';
import { type Answer, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';
import { BareEcho } from './bare-echo.ts';
import { type EchoedQuestion, requestBytes } from './echoed-question.ts';
import { GuestAlone } from './guest-alone.ts';
import { InTurns } from './in-turns.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { QuestionSize } from './labeling-report.ts';
import { ThroughGrpc } from './through-grpc.ts';
import { ThroughGuardProcess } from './through-guard-process.ts';
import { trackerGuard } from './tracker-backend.ts';
import type { TrackerQuestion } from './tracker-question.ts';
import { trackerSidecar } from './tracker-sidecar.ts';

/** Every path to the guard, started and seen to give the same labels. Lives until it is disposed. */
export class LabelingBench implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;
  readonly paths: readonly LabelingPath[];
  readonly questions: readonly EchoedQuestion[];
  /** The one on a socket. */
  readonly sidecar: RunningSidecar;
  readonly sidecarOverTcp: RunningSidecar;
  readonly guardProcess: ThroughGuardProcess;
  readonly echo: BareEcho;
  readonly policy: Uint8Array;

  private constructor(resources: AsyncDisposableStack, started: Started, questions: EchoedQuestion[]) {
    this.#resources = resources;
    const { echo, guardProcess } = started;
    const inTurns = new InTurns(echo.onStream, guardProcess);
    this.paths = [...started.paths, echo.onStream, echo.asCalls, inTurns];
    this.questions = questions;
    this.sidecar = started.sidecar;
    this.sidecarOverTcp = started.sidecarOverTcp;
    this.guardProcess = guardProcess;
    this.echo = echo;
    this.policy = started.policy;
  }

  /** With these options of Node for its sidecars. Throws when a path does not start, or does not give the labels that the guest gives. */
  static async start(
    questions: readonly TrackerQuestion[],
    nodeOptions: readonly string[] = [],
  ): Promise<LabelingBench> {
    await using resources = new AsyncDisposableStack();
    const { bytes, policy } = await trackerGuard();
    const guest = resources.use(new GuestAlone(bytes, policy));
    const guardProcess = resources.use(await ThroughGuardProcess.start(bytes, policy));
    const sidecar = resources.use(await trackerSidecar({ nodeOptions }));
    const sidecarOverTcp = resources.use(await trackerSidecar({ listen: '127.0.0.1:0', nodeOptions }));
    const grpc = resources.use(await ThroughGrpc.start(sidecar.address, policy));
    const grpcOverTcp = resources.use(await ThroughGrpc.start(sidecarOverTcp.address, policy));
    const echoed: EchoedQuestion[] = [];
    for (const question of questions) {
      const output = guest.ask(question);
      assert.deepEqual(Buffer.from(await guardProcess.ask(question)), Buffer.from(output), question.name);
      const labels = await grpc.ask(question);
      assert.deepEqual(labels, labelsIn(output, question), question.name);
      assert.deepEqual(await grpcOverTcp.ask(question), labels, question.name);
      echoed.push({ question, answer: answerBytes(labels) });
    }
    const echo = resources.use(await BareEcho.start(echoed));
    const paths = [guest, guardProcess, grpc, grpcOverTcp];
    const started = { paths, sidecar, sidecarOverTcp, guardProcess, echo, policy };
    return new LabelingBench(resources.move(), started, echoed);
  }

  /** What each question weighs on the wire. */
  get sizes(): QuestionSize[] {
    return this.questions.map(({ question, answer }) => ({
      question: question.name,
      inBytes: requestBytes(question).length,
      outBytes: answer.length,
    }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** What the questions do not say. */
type Started = Pick<
  LabelingBench,
  'paths' | 'sidecar' | 'sidecarOverTcp' | 'guardProcess' | 'echo' | 'policy'
>;

type Labels = NonNullable<Answer['labels']>;

function labelsIn(output: Uint8Array, { ask }: TrackerQuestion): Labels {
  if (ask.$case === 'labelResource') return { $case: 'resource', value: parseResourceOutput(output) };
  return { $case: 'response', value: parseResponseOutput(output) };
}

function answerBytes(labels: Labels): Uint8Array {
  return SessionResponse.encode({ message: { $case: 'answer', value: { id: 1, labels } } }).finish();
}
