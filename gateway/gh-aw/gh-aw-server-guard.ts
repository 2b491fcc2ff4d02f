/** Which guard a server has (compat.md 1.7). Where gh-aw's gateway goes on unguarded, the server is unavailable here. */
import type { ServerGuard, WasmGuard } from '../config/gateway-config.ts';
import { nearestWord } from '../config/nearest-word.ts';
import { report, type Section, valueAt } from '../config/section.ts';
import { textAt } from '../config/section-values.ts';
import { type AllowOnlyPolicy, parseAllowOnly } from '../policy/allow-only.ts';
import { policyForGuard, withTrusted } from '../policy/label-agent-input.ts';
import type { ServerPolicy } from '../policy/server-policy.ts';
import { sinkVisibility } from '../policy/sink-visibility.ts';
import type { WriteSinkPolicy } from '../policy/write-sink.ts';
import type { DiscoveredGuard } from './discovered-guards.ts';
import type { GhAwGuard } from './gh-aw-guards.ts';
import type { WorkflowRepository } from './workflow-repository.ts';

/** What decides about the guard of a server, beside its own entry. */
export interface GuardRules {
  readonly guards: ReadonlyMap<string, GhAwGuard>;
  readonly discovered: ReadonlyMap<string, DiscoveredGuard>;
  /** The names that discovered guards have in the sidecar, by server. */
  readonly discoveredNames: ReadonlyMap<string, string>;
  /** From flags and variables: it comes before every other policy of a WASM guard. */
  readonly globalPolicy: AllowOnlyPolicy | undefined;
  readonly trustedBots: readonly string[];
  readonly workflow: WorkflowRepository;
  /** Whether a public workflow narrows policies to public repositories. */
  readonly narrowsToPublic: boolean;
  readonly forcePublicRepos: boolean | undefined;
  readonly sinkVisibilityExemptServers: readonly string[];
}

/** The guard of a server with its `guard-policies`. `key`: how its format spells `guard-policies`. */
export function ghAwServerGuard(
  server: Section,
  { name, policy }: { name: string; policy: ServerPolicy | undefined },
  rules: GuardRules,
): ServerGuard {
  const discovered = rules.discovered.get(name);
  const declared = declaredGuard(server, rules);
  if (discovered?.kind === 'unreadable') return unavailable(name, discovered.reason);
  if (discovered !== undefined) {
    const guard = { name: rules.discoveredNames.get(name) ?? name, path: discovered.path };
    return wasmGuard({ ...guard, policy: declared?.policy, backendTools: undefined }, policy, rules);
  }
  if (policy?.kind === 'write-sink') return writeSink(name, policy, rules);
  if (valueAt(server, 'guard') !== undefined) return chosenGuard(name, { declared, policy }, rules);
  return policy === undefined ? { kind: 'noop' } : unavailable(name, nobodyReads);
}

const nobodyReads =
  'it has a policy and no guard that reads it: put one into its folder in MCP_GATEWAY_WASM_GUARDS_DIR, or name one as its guard';

/** The guard that the server names. */
function declaredGuard(server: Section, { guards }: GuardRules): GhAwGuard | undefined {
  const name = textAt(server, 'guard');
  const guard = name === undefined ? undefined : guards.get(name);
  if (name === undefined || guard !== undefined) return guard;
  const nearest = nearestWord(name, [...guards.keys()]);
  const hint = nearest === undefined ? 'add it to guards' : `did you mean ${nearest}?`;
  report(server, 'guard', `no such guard: ${hint}`);
  return undefined;
}

function chosenGuard(
  serverName: string,
  { declared, policy }: { declared: GhAwGuard | undefined; policy: ServerPolicy | undefined },
  rules: GuardRules,
): ServerGuard {
  switch (declared?.type) {
    case undefined:
      // It was reported.
      return { kind: 'noop' };
    case 'wasm':
      return wasmGuard(declared, policy, rules);
    case 'write-sink':
      return declared.policy?.kind === 'write-sink'
        ? writeSink(serverName, declared.policy, rules)
        : unavailable(
            declared.name,
            'a write-sink guard needs {"write-sink": {"accept": […]}} as its policy',
          );
    case 'noop':
      return policy === undefined && declared.policy === undefined
        ? { kind: 'noop' }
        : unavailable(
            declared.name,
            'a noop guard reads no policy: remove the policy, or name another guard',
          );
    case 'unknown':
      return unavailable(declared.name, 'its type is none of wasm, noop and write-sink');
  }
}

function unavailable(name: string, reason: string): ServerGuard {
  return { kind: 'unavailable', name, reason };
}

type Module = Pick<GhAwGuard, 'name' | 'path' | 'policy' | 'backendTools'>;

function wasmGuard(module: Module, own: ServerPolicy | undefined, rules: GuardRules): WasmGuard {
  const policy = narrowed(rules.globalPolicy ?? own ?? module.policy, rules);
  const limits = policy?.kind === 'allow-only' ? policy.toolCallLimits : undefined;
  const written =
    policy === undefined ? {} : policy.kind === 'opaque' ? policy.policy : policyForGuard(policy);
  return {
    kind: 'wasm',
    name: module.name,
    file: module.path,
    backendTools: module.backendTools,
    policy: withTrusted(written, { trustedBots: rules.trustedBots, trustedUsers: [] }),
    toolCallLimits: Object.entries(limits ?? {}),
  };
}

/**
 * The policy under a public workflow: public repositories only. A repository that nobody could ask about counts as public;
 * a policy that is not there is made up only for one that is known to be.
 */
function narrowed(policy: ServerPolicy | undefined, rules: GuardRules): ServerPolicy | undefined {
  if (!rules.narrowsToPublic || !countsAsPublic(rules.workflow)) return policy;
  if (policy?.kind === 'allow-only') return { ...policy, scope: 'public', scopes: [] };
  return policy === undefined && rules.workflow.kind === 'known' ? publicOnly : policy;
}

const publicOnly = parseAllowOnly({ value: { repos: 'public', 'min-integrity': 'none' }, path: 'policy' });

function countsAsPublic(workflow: WorkflowRepository): boolean {
  return workflow.kind === 'unknown' || (workflow.kind === 'known' && workflow.visibility === 'public');
}

function writeSink(serverName: string, policy: WriteSinkPolicy, rules: GuardRules): WriteSinkPolicy {
  const { workflow } = rules;
  const known = workflow.kind === 'known' ? workflow.visibility : 'unknown';
  const visibility = sinkVisibility({
    serverName,
    configured: policy.sinkVisibility,
    workflowRepository: countsAsPublic(workflow) ? 'public' : known,
    exemptServers: rules.sinkVisibilityExemptServers,
    forcePublicRepos: rules.forcePublicRepos ?? null,
  });
  return { ...policy, sinkVisibility: visibility };
}
