import type { GuardLimits } from '../guard-limits.ts';
import type { ModuleFacts } from '../module/admission.ts';

/**
 * Whether a guard can be asked. `unavailable`: it could not be loaded. `held_back`: it failed for several sessions in a
 * row, and is asked again after a pause. `quarantined`: an operator took it out of service.
 */
export type GuardState = 'serving' | 'unavailable' | 'held_back' | 'quarantined';

/** What an operator sees of one guard, at one moment. */
export interface GuardStatus {
  readonly name: string;
  readonly state: GuardState;
  /** Why it is not serving, one sentence; empty while it serves. May carry words of the guard. */
  readonly reason: string;
  /** What went wrong when it was last loaded while an older version stayed in service; empty where nothing did. */
  readonly reloadProblem: string;
  /** The version in service; undefined where none ever loaded. */
  readonly version: GuardVersionStatus | undefined;
  /** Since the sidecar started, of all of its versions. */
  readonly counts: GuardCounts;
  readonly live: GuardLiveFigures;
}

/** One module in service under one name. */
export interface GuardVersionStatus {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string;
  /** Size of the module, in bytes. */
  readonly moduleBytes: number;
  readonly loadedAt: Date;
  readonly facts: ModuleFacts;
  readonly limits: GuardLimits;
}

/** What a guard did since its sidecar started. */
export interface GuardCounts {
  /** Questions that were put to it, `label_agent` of each session included. */
  readonly calls: number;
  /** Questions that ended in its failing, whatever the reason. */
  readonly failures: number;
  readonly traps: number;
  /** Processes that were killed for what their guest did: CPU time, deadline, memory, an ignored cancel. */
  readonly kills: number;
  /** Processes that were started, the first ones included. */
  readonly processStarts: number;
  /** Processes that were replaced for their age, calls or memory. */
  readonly recycled: number;
  /** Labelings that were run once more, since their process was lost. */
  readonly reruns: number;
  /** Backend calls that were sent to gateways. */
  readonly backendCalls: number;
  /** Times that another version came into service. */
  readonly reloads: number;
  /** CPU time of its processes, those that ended included, in milliseconds. */
  readonly cpuMs: number;
}

/** What a guard is doing now. */
export interface GuardLiveFigures {
  readonly sessions: number;
  /** Turns that wait for a process. */
  readonly queued: number;
  /** Labelings under way: running, waiting for a turn or for a backend. */
  readonly labelings: number;
  /** Instances in all of its processes. */
  readonly instances: number;
  /** Of these, the ones that rest between questions. */
  readonly idleInstances: number;
  readonly processes: readonly GuardProcessStatus[];
}

/** One guard process. */
export interface GuardProcessStatus {
  readonly pid: number;
  /** `retiring`: it finishes what it has, and then ends. */
  readonly role: 'serving' | 'spare' | 'retiring';
  readonly ageMs: number;
  readonly calls: number;
  readonly instances: number;
  /** Memory that is its own or shared, in bytes. */
  readonly residentBytes: number;
  readonly cpuMs: number;
}

/** What a reload did to one guard. */
export interface ReloadResult {
  readonly name: string;
  readonly outcome: 'loaded' | 'reloaded' | 'unchanged' | 'removed' | 'failed';
  /** Why it failed; empty otherwise. */
  readonly problem: string;
}

/** What an operator may do to the guards of a running sidecar. Each throws a GuardError. */
export interface GuardAdministration {
  /** Every configured guard, in the order of the configuration. */
  list(): readonly GuardStatus[];
  /** Reads the configuration again and loads one of its guards, be it new, unavailable or changed. GUARD_NOT_FOUND, GUARD_UNAVAILABLE. */
  load(name: string): Promise<GuardStatus>;
  /** Reads the configuration again and applies the difference. INVALID_REQUEST where the configuration is wrong: nothing changes then. */
  reload(): Promise<readonly ReloadResult[]>;
  /** Takes a guard out of service at once, with all that it is doing. GUARD_NOT_FOUND. */
  quarantine(name: string, reason: string): Promise<GuardStatus>;
  /** Loads a quarantined guard again, from its file. GUARD_NOT_FOUND, GUARD_UNAVAILABLE. */
  release(name: string): Promise<GuardStatus>;
}
