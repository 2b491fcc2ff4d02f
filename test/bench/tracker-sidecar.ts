import { fileURLToPath } from 'node:url';
import { guardModuleUrl } from '../../guards/build.ts';
import { RunningSidecar, type SidecarOptions } from '../harness/running-sidecar.ts';

/** As operators have it: no lines at the level `debug`, no payloads. */
const logs = ['--log-level', 'info'];

/** With lines on its processes, too: there is none for a question. */
export const tellingOfProcesses = ['--log-level', 'debug'];

/** A machine with other work must not end what is to be measured. */
const limits = { deadlineMs: 60_000, queueWaitMs: 60_000, cpuMs: 10_000 };

function guardNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 'rules' : `rules${index + 1}`));
}

/** A sidecar with so many of the bench's guard, each under a name of its own. */
export function trackerSidecar(options: SidecarOptions, guards = 1): Promise<RunningSidecar> {
  const settings = { type: 'wasm', path: fileURLToPath(guardModuleUrl('rules')), limits };
  const section = Object.fromEntries(guardNames(guards).map((name) => [name, settings]));
  return RunningSidecar.start(section, { logs, ...options });
}
