import { cpus, loadavg } from 'node:os';

/** What figures depend on, so that nobody compares those of two machines. */
export interface Machine {
  readonly cores: number;
  readonly cpuModel: string;
  readonly node: string;
  /** Kernel and architecture. */
  readonly system: string;
  /** The load average of the last minute, as the run starts. */
  readonly loadAtStart: number;
}

/** The machine as it is now. */
export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    loadAtStart: loadavg()[0] ?? 0,
  };
}
