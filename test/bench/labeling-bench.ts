import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { guardModuleUrl } from '../../guards/build.ts';
import { type Answer, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { BareEcho, type EchoedQuestion, requestBytes } from './bare-echo.ts';
import type { QuestionSize } from './figures.ts';
import { GuestAlone } from './guest-alone.ts';
import type { LabelingPath } from './labeling-path.ts';
import { ThroughGrpc } from './through-grpc.ts';
import { ThroughGuardProcess } from './through-guard-process.ts';
import { type TrackerQuestion, trackerGuard } from './tracker-question.ts';

/** Every path to the guard, started and seen to give the same labels. Lives until it is disposed. */
export class LabelingBench implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;
  readonly paths: readonly LabelingPath[];
  readonly questions: readonly EchoedQuestion[];
  readonly sidecar: RunningSidecar;
  readonly echo: BareEcho;
  readonly policy: Uint8Array;

  private constructor(
    resources: AsyncDisposableStack,
    started: Pick<LabelingBench, 'paths' | 'questions' | 'sidecar' | 'echo' | 'policy'>,
  ) {
    this.#resources = resources;
    this.paths = started.paths;
    this.questions = started.questions;
    this.sidecar = started.sidecar;
    this.echo = started.echo;
    this.policy = started.policy;
  }

  /** Throws when a path does not start, or does not give the labels that the guest gives. */
  static async start(questions: readonly TrackerQuestion[]): Promise<LabelingBench> {
    await using resources = new AsyncDisposableStack();
    const { bytes, policy } = await trackerGuard();
    const guest = resources.use(new GuestAlone(bytes, policy));
    const guardProcess = resources.use(await ThroughGuardProcess.start(bytes, policy));
    const guards = { rules: { type: 'wasm', path: fileURLToPath(guardModuleUrl('rules')) } };
    const sidecar = resources.use(await RunningSidecar.start(guards));
    const grpc = resources.use(await ThroughGrpc.start(sidecar.address, policy));
    const echoed: EchoedQuestion[] = [];
    for (const question of questions) {
      const output = guest.ask(question);
      assert.deepEqual(Buffer.from(await guardProcess.ask(question)), Buffer.from(output), question.name);
      const labels = await grpc.ask(question);
      assert.deepEqual(labels, labelsIn(output, question), question.name);
      echoed.push({ question, answer: answerBytes(labels) });
    }
    const echo = resources.use(await BareEcho.start(echoed));
    const paths = [guest, guardProcess, grpc, echo];
    return new LabelingBench(resources.move(), { paths, questions: echoed, sidecar, echo, policy });
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

type Labels = NonNullable<Answer['labels']>;

function labelsIn(output: Uint8Array, { ask }: TrackerQuestion): Labels {
  if (ask.$case === 'labelResource') return { $case: 'resource', value: parseResourceOutput(output) };
  return { $case: 'response', value: parseResponseOutput(output) };
}

function answerBytes(labels: Labels): Uint8Array {
  return SessionResponse.encode({ message: { $case: 'answer', value: { id: 1, labels } } }).finish();
}
