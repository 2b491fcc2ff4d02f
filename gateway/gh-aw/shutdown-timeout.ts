import type { OutsideSettings } from './outside-settings.ts';

/** A day, in milliseconds: longer than any stop may take. */
const maxShutdownMs = 86_400_000;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a duration as Go spells it, such as `5s` or `1m30s`, as milliseconds. */
export function readShutdownTimeout(settings: OutsideSettings): number | undefined {
  const given = settings.given('shutdown-timeout', 'MCP_GATEWAY_SHUTDOWN_TIMEOUT');
  if (given === undefined) return undefined;
  const isDuration = /^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/.test(given.text);
  const parts = isDuration ? [...given.text.matchAll(/([\d.]+)(ms|s|m|h)/g)] : [];
  const totalMs = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (unitMs[unit] ?? 0), 0);
  if (totalMs > 0 && totalMs <= maxShutdownMs) return Math.round(totalMs);
  return settings.refuse(given, 'must be a duration such as 5s or 1m30s, a day at most');
}
