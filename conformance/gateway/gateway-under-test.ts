import { randomUUID } from 'node:crypto';
import { type Check, expectThat } from '../check.ts';
import type { CallWay } from '../command-line.ts';
import type { Subject } from '../run-checks.ts';
import { type CallingAgent, newAgent } from './calling-agent.ts';
import { itemsOf, type KitTools } from './kit-tools.ts';
import type { PlayedSidecar, Scene } from './played-sidecar.ts';

/** A check of a gateway. */
export type GatewayCheck = Check<GatewayUnderTest>;

/** What came of one call. */
export interface CallOutcome {
  /** Which of the two items the agent was given. */
  readonly delivered: readonly ('first' | 'second')[];
  /** Whether the tool was called. */
  readonly wasCalled: boolean;
  /** Everything that the agent got. */
  readonly words: string;
}

/** What is called, where it is not `kit_get`. */
export interface CallOptions {
  readonly tool?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly agent?: CallingAgent;
  readonly signal?: AbortSignal;
}

/** A gateway between the kit's agents and the kit's server, that asks the kit's sidecar. */
export class GatewayUnderTest implements Subject {
  readonly sidecar: PlayedSidecar;
  readonly tools: KitTools;
  readonly #way: CallWay;
  readonly #agents: CallingAgent[] = [];

  constructor(sidecar: PlayedSidecar, tools: KitTools, way: CallWay) {
    this.sidecar = sidecar;
    this.tools = tools;
    this.#way = way;
  }

  /** Whether two calls can be one agent's. */
  get keepsAgents(): boolean {
    return this.#way.kind === 'mcp';
  }

  set scene(scene: Scene) {
    this.sidecar.scene = scene;
  }

  /** An agent that nobody has seen before. */
  async agent(): Promise<CallingAgent> {
    const agent = await newAgent(this.#way);
    this.#agents.push(agent);
    return agent;
  }

  /** Makes one call and waits for its end, under a scene. Throws what the scene expected, and did not see. */
  async call(scene: Scene, options: CallOptions = {}): Promise<CallOutcome> {
    this.scene = scene;
    const outcome = await this.callAgain(options);
    const [fault] = this.sidecar.faults;
    if (fault !== undefined) throw fault;
    return outcome;
  }

  /** The same under the scene that there is. */
  async callAgain({ tool = 'kit_get', args = {}, agent, signal }: CallOptions = {}): Promise<CallOutcome> {
    const nonce = randomUUID();
    const caller = agent ?? (await this.agent());
    const words = await caller.call({ tool, args: { nonce, ...args } }, signal);
    const items = itemsOf(args.nonce ?? nonce);
    const delivered = (['first', 'second'] as const).filter((_, index) =>
      words.includes(items[index]?.text ?? nonce),
    );
    return {
      delivered,
      words,
      wasCalled: this.tools.calls.some((call) => call.args.nonce === (args.nonce ?? nonce)),
    };
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#agents.splice(0).map((agent) => agent.leave()));
    this.sidecar.endSessions();
    this.sidecar.scene = {};
    this.sidecar.faults.length = 0;
    this.tools.calls.length = 0;
  }
}

/** Expects that both items were delivered. */
export function expectDelivered({ delivered, words }: CallOutcome): void {
  expectThat(delivered.length === 2, `not everything was delivered: ${words}`);
}

/** Expects that nothing was delivered. */
export function expectNothing({ delivered, words }: CallOutcome): void {
  expectThat(delivered.length === 0, `the agent was given: ${words}`);
}

/** Expects that the tool was not called, so that nothing can have been delivered. */
export function expectNotCalled(outcome: CallOutcome): void {
  expectThat(!outcome.wasCalled, 'the tool was called');
  expectNothing(outcome);
}
