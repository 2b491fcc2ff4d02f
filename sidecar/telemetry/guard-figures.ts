import { type Attributes, metrics, type ObservableCounter } from '@opentelemetry/api';
import type { GuardState, GuardStatus } from '../guard/guard-status.ts';
import { version } from '../version.ts';
import { attribute } from './attributes.ts';
import { metric } from './metric.ts';

type Figure = Exclude<keyof typeof metric, 'labelingDuration' | 'queueDuration' | 'backendCallDuration'>;

type Observe = (figure: Figure, value: number, attributes?: Attributes) => void;

const states: readonly GuardState[] = ['serving', 'unavailable', 'held_back', 'quarantined'];

/** Tells of the guards what is counted anyway: read when metrics are collected, and at no other time. */
export function tellOfGuards(guards: () => readonly { readonly status: GuardStatus }[]): void {
  const meter = metrics.getMeter('sluice-sidecar', version);
  const instruments = new Map<string, ObservableCounter>();
  for (const [figure, { name, kind, ...options }] of Object.entries(metric)) {
    if (kind === 'counter') instruments.set(figure, meter.createObservableCounter(name, options));
    if (kind === 'level') instruments.set(figure, meter.createObservableUpDownCounter(name, options));
  }
  meter.addBatchObservableCallback(
    (result) => {
      for (const { status } of guards())
        observe(status, (figure, value, attributes) => {
          const instrument = instruments.get(figure);
          const all = { [attribute.guard]: status.name, ...attributes };
          if (instrument !== undefined) result.observe(instrument, value, all);
        });
    },
    [...instruments.values()],
  );
}

function observe({ state, counts, live }: GuardStatus, tell: Observe): void {
  tell('cpuTime', counts.cpuMs / 1_000);
  for (const figure of ['kills', 'traps', 'reruns', 'processStarts', 'recycled', 'reloads'] as const)
    tell(figure, counts[figure]);
  tell('sessions', live.sessions);
  tell('labelings', live.labelings);
  tell('turns', live.queued);
  tell('instances', live.idleInstances, { [attribute.instanceState]: 'idle' });
  // The processes count theirs when a turn ends, the idle ones are counted at once.
  const used = Math.max(0, live.instances - live.idleInstances);
  tell('instances', used, { [attribute.instanceState]: 'used' });
  for (const role of ['serving', 'spare', 'retiring'] as const) {
    const processes = live.processes.filter((process) => process.role === role);
    const memory = processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    tell('processes', processes.length, { [attribute.processRole]: role });
    tell('processMemory', memory, { [attribute.processRole]: role });
  }
  for (const each of states) tell('state', each === state ? 1 : 0, { [attribute.guardState]: each });
}
