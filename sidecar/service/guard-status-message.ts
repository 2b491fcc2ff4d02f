// What an operator is shown, as messages of the admin protocol.

import {
  type Guard,
  type GuardLiveFigures as GuardLiveMessage,
  type GuardProcess,
  GuardProcessRole,
  type GuardReload,
  GuardState,
  type GuardVersion,
  ModuleItemKind,
  ReloadOutcome,
} from '../../proto/gen/sluice/admin/v1/admin.ts';
import { cleanLine } from '../clean-line.ts';
import type {
  GuardLiveFigures,
  GuardProcessStatus,
  GuardState as GuardStateName,
  GuardStatus,
  GuardVersionStatus,
  ReloadResult,
} from '../guard/guard-status.ts';
import { maxShownModuleItems, maxShownNameLength } from '../limits.ts';
import type { WasmKind } from '../module/wasm-module.ts';

const stateNumbers: Record<GuardStateName, GuardState> = {
  serving: GuardState.GUARD_STATE_SERVING,
  unavailable: GuardState.GUARD_STATE_UNAVAILABLE,
  held_back: GuardState.GUARD_STATE_HELD_BACK,
  quarantined: GuardState.GUARD_STATE_QUARANTINED,
};

const kindNumbers: Record<WasmKind, ModuleItemKind> = {
  function: ModuleItemKind.MODULE_ITEM_KIND_FUNCTION,
  table: ModuleItemKind.MODULE_ITEM_KIND_TABLE,
  memory: ModuleItemKind.MODULE_ITEM_KIND_MEMORY,
  global: ModuleItemKind.MODULE_ITEM_KIND_GLOBAL,
  tag: ModuleItemKind.MODULE_ITEM_KIND_TAG,
};

const roleNumbers: Record<GuardProcessStatus['role'], GuardProcessRole> = {
  serving: GuardProcessRole.GUARD_PROCESS_ROLE_SERVING,
  spare: GuardProcessRole.GUARD_PROCESS_ROLE_SPARE,
  retiring: GuardProcessRole.GUARD_PROCESS_ROLE_RETIRING,
};

const outcomeNumbers: Record<ReloadResult['outcome'], ReloadOutcome> = {
  loaded: ReloadOutcome.RELOAD_OUTCOME_LOADED,
  reloaded: ReloadOutcome.RELOAD_OUTCOME_RELOADED,
  unchanged: ReloadOutcome.RELOAD_OUTCOME_UNCHANGED,
  removed: ReloadOutcome.RELOAD_OUTCOME_REMOVED,
  failed: ReloadOutcome.RELOAD_OUTCOME_FAILED,
};

/** One guard as `sluice.admin.v1.Guard`. Words of the guard are made safe to print. */
export function guardMessage(status: GuardStatus): Guard {
  const { name, version, counts, live } = status;
  return {
    name,
    state: stateNumbers[status.state],
    reason: cleanLine(status.reason),
    reloadProblem: cleanLine(status.reloadProblem),
    version: version && versionMessage(version),
    counts: figures(counts),
    live: liveMessage(live),
  };
}

/** What a reload did to one guard as `sluice.admin.v1.GuardReload`. */
export function reloadMessage({ name, outcome, problem }: ReloadResult): GuardReload {
  return { name, outcome: outcomeNumbers[outcome], problem: cleanLine(problem) };
}

function versionMessage({ facts, limits, ...version }: GuardVersionStatus): GuardVersion {
  const { exports, imports, memory, ...has } = facts;
  return {
    ...version,
    ...has,
    exports: exports.slice(0, maxShownModuleItems).map(({ name, kind }) => ({
      name: shown(name),
      kind: kindNumbers[kind],
    })),
    exportCount: exports.length,
    imports: imports.slice(0, maxShownModuleItems).map(({ module, name, kind, signature }) => ({
      module: shown(module),
      name: shown(name),
      kind: kindNumbers[kind],
      signature: shown(signature ?? ''),
    })),
    importCount: imports.length,
    memory,
    limits: { ...limits },
  };
}

function liveMessage({ processes, ...live }: GuardLiveFigures): GuardLiveMessage {
  return { ...figures(live), processes: processes.map(processMessage) };
}

function processMessage({ role, ...process }: GuardProcessStatus): GuardProcess {
  return { ...figures(process), role: roleNumbers[role] };
}

/**
 * What the protocol's unsigned numbers can carry: times are measured in fractions; and a figure that is wrong becomes 0,
 * or it would cost the operator the sight of all guards.
 */
function figures<Name extends string>(measured: Readonly<Record<Name, number>>): Record<Name, number> {
  const whole: Record<Name, number> = { ...measured };
  for (const name in whole) whole[name] = Math.max(0, Math.round(whole[name])) || 0;
  return whole;
}

/** A module chooses its names. */
function shown(name: string): string {
  return cleanLine(name, maxShownNameLength);
}
