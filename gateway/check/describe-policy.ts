import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import type { WriteSinkPolicy } from '../policy/write-sink.ts';

/** A policy as a guard is given it, in one sentence. */
export function describePolicy(policy: JsonObject): string {
  const keys = Object.keys(policy);
  if (keys.length === 0) return 'none: the guard is opened with {}';
  const allowOnly = policy['allow-only'];
  if (!isJsonObject(allowOnly)) return `the guard's own: ${keys.join(', ')}`;
  const bots = listOf(policy['trusted-bots']);
  return [
    `allow-only: ${describeRepos(allowOnly.repos)}`,
    `integrity ${String(allowOnly['min-integrity'])} or above`,
    ...furtherRules(allowOnly),
    ...(bots.length === 0 ? [] : [`trusted bots: ${bots.join(', ')}`]),
  ].join('; ');
}

/** What a sink takes. */
export function describeSink({ accept, sinkVisibility }: WriteSinkPolicy): string {
  if (sinkVisibility === 'public')
    return 'what is written there is public: only agents without secrecy may write';
  return accept.includes('*') ? 'takes any secrecy' : `takes the secrecy ${accept.join(', ')}`;
}

function describeRepos(repos: JsonValue | undefined): string {
  if (isJsonList(repos)) return `the repositories ${repos.join(', ')}`;
  return repos === 'public' ? 'public repositories' : 'all repositories';
}

/** Names of users and labels are many, so only which rules there are. */
function furtherRules(allowOnly: JsonObject): string[] {
  const further = Object.keys(allowOnly).filter((key) => key !== 'repos' && key !== 'min-integrity');
  return further.length === 0 ? [] : [`with ${further.join(', ')}`];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonList(value) ? value : [];
}
