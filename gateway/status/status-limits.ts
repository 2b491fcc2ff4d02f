// What the status page keeps and sends. An agent makes any number of calls, a guard any number of tags.

/** Events kept of one agent session: what a person looks through; some 200 KB. */
export const maxSessionMarks = 500;
/** Events kept of all agent sessions together, some 400 bytes each: 20 MB. The oldest of all makes room. */
export const maxMarks = 50_000;
/** Pieces of lanes of one agent session, one for each tag that came or went: as many as a picture can show. */
export const maxLanes = 60;
/** The last events of all agents that are shown. */
export const maxRecentMarks = 100;
/** Tags of one set that are kept or shown; how many more there are is said. */
export const maxTags = 20;
/** The longest tag, in characters: as long as a line. */
export const maxTagCharacters = 120;
/** The longest name of a tool or a guard, in characters, as in the audit trail. */
export const maxNameCharacters = 256;
/** Agent sessions that are shown, those used last: more than a person reads. */
export const maxShownAgents = 100;

/** What those who watch the page take of the gateway. */
export interface WatchLimits {
  readonly maxWatchers: number;
  readonly paceMs: number;
  readonly beatMs: number;
}

export const watchLimits: WatchLimits = {
  /** Open pages at once: a team, with a few forgotten tabs. One more is refused. */
  maxWatchers: 16,
  /** A page gets news at most so often, in milliseconds: fast enough to be live, slow enough to be read. */
  paceMs: 500,
  /** Health is asked for so often while somebody watches, in milliseconds, and a watcher that has not taken what it was sent since the last time is dropped. */
  beatMs: 5_000,
};
