import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

/** What figures depend on, so that nobody compares those of two machines. */
export interface Machine {
  readonly cores: number;
  readonly cpuModel: string;
  readonly node: string;
  /** Kernel and architecture. */
  readonly system: string;
  /** The load average of the last minute, as the run starts. */
  readonly loadAtStart: number;
  /** Versions of what the figures depend on besides Node. */
  readonly packages: Readonly<Record<string, string>>;
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
    packages: { '@grpc/grpc-js': versionOf('@grpc/grpc-js') },
  };
}

function versionOf(name: string): string {
  const path = join(import.meta.dirname, '..', '..', 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
