import { policyForGuard } from '../policy/label-agent-input.ts';
import type { ServerPolicy } from '../policy/server-policy.ts';
import { sinkVisibility } from '../policy/sink-visibility.ts';
import type { WriteSinkPolicy } from '../policy/write-sink.ts';
import type { ServerGuard, WasmGuard } from './gateway-config.ts';
import type { GuardDeclaration } from './guards-section.ts';
import { nearestWord } from './nearest-word.ts';
import { report, type Section, valueAt } from './section.ts';
import { textAt } from './section-values.ts';

const noop: ServerGuard = { kind: 'noop' };

/** What a server is guarded by: its name, what it says for itself, and the guards that there are. */
export interface GuardChoice {
  readonly serverName: string;
  /** From `guard-policies`; undefined when there is none. */
  readonly policy: ServerPolicy | undefined;
  readonly guards: ReadonlyMap<string, GuardDeclaration>;
}

/** The guard that a server names, or the built-in one that its policy selects. */
export function readServerGuard(server: Section, choice: GuardChoice): ServerGuard {
  if (valueAt(server, 'guard') === undefined) return builtInGuard(server, choice);
  const name = textAt(server, 'guard');
  const guard = choice.guards.get(name ?? '');
  if (name !== undefined && guard === undefined)
    report(server, 'guard', `no such guard: ${hint(name, choice)}`);
  if (guard === undefined) return noop;
  return declaredGuard(server, { ...choice, policy: choice.policy ?? guard.policy }, guard);
}

function builtInGuard(server: Section, { serverName, policy }: GuardChoice): ServerGuard {
  if (policy?.kind === 'write-sink') return writeSink(serverName, policy);
  if (policy !== undefined) {
    report(
      server,
      'guard-policies',
      'no guard reads this policy: name one as this server\'s "guard", or remove it',
    );
  }
  return noop;
}

function declaredGuard(
  server: Section,
  { serverName, policy }: GuardChoice,
  guard: GuardDeclaration,
): ServerGuard {
  const { name, type, file, backendTools } = guard;
  switch (type) {
    case 'wasm':
      return { kind: 'wasm', name, file, backendTools, ...readPolicy(policy) };
    case 'write-sink':
      if (policy?.kind === 'write-sink') return writeSink(serverName, policy);
      report(
        server,
        'guard-policies',
        'a write-sink guard needs {"write-sink": {"accept": […]}} here or as its policy',
      );
      return noop;
    case 'noop':
      if (policy !== undefined) report(server, 'guard-policies', 'a noop guard reads no policy: remove it');
      return noop;
    case 'unknown':
      return { kind: 'unavailable', name, reason: 'its type is none of wasm, noop and write-sink' };
  }
}

/** What the guard is given, and what the gateway keeps for itself. */
function readPolicy(policy: ServerPolicy | undefined): Pick<WasmGuard, 'policy' | 'toolCallLimits'> {
  if (policy === undefined) return { policy: {}, toolCallLimits: [] };
  if (policy.kind === 'opaque') return { policy: policy.policy, toolCallLimits: [] };
  const limits = policy.kind === 'allow-only' ? policy.toolCallLimits : undefined;
  return { policy: policyForGuard(policy), toolCallLimits: Object.entries(limits ?? {}) };
}

/** Nobody has asked yet how visible the workflow's repository is, and no setting exempts a server. */
function writeSink(serverName: string, policy: WriteSinkPolicy): WriteSinkPolicy {
  const visibility = sinkVisibility({
    serverName,
    configured: policy.sinkVisibility,
    workflowRepository: 'unknown',
    exemptServers: [],
    forcePublicRepos: null,
  });
  return { ...policy, sinkVisibility: visibility };
}

function hint(name: string, { guards }: GuardChoice): string {
  const nearest = nearestWord(name, [...guards.keys()]);
  return nearest === undefined ? 'add it to guards' : `did you mean ${nearest}?`;
}
