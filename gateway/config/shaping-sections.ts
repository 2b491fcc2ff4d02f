// The sections that say what is done to tool calls besides judging them.

import { resolve } from 'node:path';
import {
  defaultPayloadThresholdBytes,
  defaultRateLimitCooldownSeconds,
  defaultRateLimitThreshold,
  payloadThresholdRange,
  rateLimitCooldownRange,
  rateLimitThresholdRange,
} from './config-limits.ts';
import type { PayloadConfig, RateLimitBreakerConfig } from './gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt } from './section.ts';
import { numberAt, requiredTextAt, textAt } from './section-values.ts';

/** Reads `gateway.payloads`. */
export function readPayloads(gateway: Section): PayloadConfig | undefined {
  const section = sectionAt(gateway, 'payloads');
  if (section === undefined) return undefined;
  refuseUnknownKeys(section, ['folder', 'pathPrefix', 'threshold']);
  const folder = requiredTextAt(section, 'folder', 'write the folder for results that are too large') ?? '';
  return {
    folder: resolve(section.reading.folder, folder),
    pathPrefix: textAt(section, 'pathPrefix'),
    thresholdBytes:
      wholeNumberAt(section, 'threshold', payloadThresholdRange) ?? defaultPayloadThresholdBytes,
  };
}

/** Reads `rateLimitBreaker`, whose `cooldown` is in seconds. */
export function readRateLimitBreaker(server: Section): RateLimitBreakerConfig | undefined {
  const section = sectionAt(server, 'rateLimitBreaker');
  if (section === undefined) return undefined;
  refuseUnknownKeys(section, ['threshold', 'cooldown']);
  const seconds = numberAt(section, 'cooldown', rateLimitCooldownRange) ?? defaultRateLimitCooldownSeconds;
  return {
    threshold: wholeNumberAt(section, 'threshold', rateLimitThresholdRange) ?? defaultRateLimitThreshold,
    cooldownMs: Math.round(seconds * 1000),
  };
}

function wholeNumberAt(
  section: Section,
  key: string,
  range: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  const value = numberAt(section, key, range);
  if (value === undefined || Number.isInteger(value)) return value;
  report(section, key, 'must be a whole number');
  return undefined;
}
