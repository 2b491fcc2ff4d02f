/** The revisions of MCP without `initialize` that are spoken here, the newest first. */
export const modernVersions = ['2026-07-28'] as const;

/** The revision of what the gateway says of its own accord. */
export const modernVersion = modernVersions[0];

/** The first revision without `initialize`. */
const firstModern = '2026-07-28';

/** Whether a version is a revision without `initialize`, spoken here or not; none is. */
export function isModernVersion(version: string | undefined): boolean {
  return version !== undefined && /^\d{4}-\d\d-\d\d$/.test(version) && version >= firstModern;
}
