/** The levels of log messages, the most talkative first (RFC 5424, as MCP names them). */
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** Whether a text is the name of a level. */
export function isLogLevel(text: string | undefined): text is string {
  return text !== undefined && levels.includes(text);
}

/** Higher for what is worse; what is no level is the worst, so that nothing hides behind it. */
export function logLevelRank(level: string): number {
  const rank = levels.indexOf(level);
  return rank === -1 ? levels.length : rank;
}
