import { attribute } from './attributes.ts';

/** What is measured, and how (`kind` is the instrument). */
export interface Metric {
  readonly name: string;
  readonly kind: 'histogram' | 'counter' | 'level';
  readonly unit: string;
  readonly description: string;
}

/** Every metric of the sidecar. All of them have the guard's name. */
export const metric = {
  labelingDuration: {
    name: 'sluice.guard.labeling.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long questions took, waits and backend calls included; error.type where one failed',
  },
  queueDuration: {
    name: 'sluice.guard.queue.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long turns waited for their process, of those that had to wait',
  },
  backendCallDuration: {
    name: 'sluice.guard.backend_call.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long calls of guards to the backend took, by what the guard was told',
  },
  cpuTime: {
    name: 'sluice.guard.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU time of the guard processes, those that ended included',
  },
  kills: {
    name: 'sluice.guard.kills',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes killed for what their guest did: CPU time, deadline, memory, an ignored cancel',
  },
  traps: {
    name: 'sluice.guard.traps',
    kind: 'counter',
    unit: '{labeling}',
    description: 'Labelings that ended in a trap',
  },
  reruns: {
    name: 'sluice.guard.reruns',
    kind: 'counter',
    unit: '{labeling}',
    description: 'Labelings that were run once more, since their process was lost',
  },
  processStarts: {
    name: 'sluice.guard.process.starts',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes started, the first ones included',
  },
  recycled: {
    name: 'sluice.guard.process.recycled',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes replaced for their age, calls or memory',
  },
  reloads: {
    name: 'sluice.guard.reloads',
    kind: 'counter',
    unit: '{reload}',
    description: 'Times that another version came into service',
  },
  sessions: {
    name: 'sluice.guard.session.count',
    kind: 'level',
    unit: '{session}',
    description: 'Guard sessions that are open',
  },
  labelings: {
    name: 'sluice.guard.labeling.count',
    kind: 'level',
    unit: '{labeling}',
    description: 'Labelings under way: running, waiting for a turn or for a backend',
  },
  turns: {
    name: 'sluice.guard.turn.count',
    kind: 'level',
    unit: '{turn}',
    description: 'Turns that run or wait for a process',
  },
  instances: {
    name: 'sluice.guard.instance.count',
    kind: 'level',
    unit: '{instance}',
    description: `Instances in all processes, by ${attribute.instanceState}`,
  },
  processes: {
    name: 'sluice.guard.process.count',
    kind: 'level',
    unit: '{process}',
    description: `Guard processes, by ${attribute.processRole}`,
  },
  processMemory: {
    name: 'sluice.guard.process.memory',
    kind: 'level',
    unit: 'By',
    description: `Resident memory of guard processes together, by ${attribute.processRole}`,
  },
  state: {
    name: 'sluice.guard.status',
    kind: 'level',
    unit: '1',
    description: `1 for the state that the guard is in, 0 for the others (${attribute.guardState})`,
  },
} as const satisfies Readonly<Record<string, Metric>>;
