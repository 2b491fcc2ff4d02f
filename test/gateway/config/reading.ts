import { ConfigError } from '../../../gateway/config/config-error.ts';
import type { GatewayConfig } from '../../../gateway/config/gateway-config.ts';
import { parseConfig } from '../../../gateway/config.ts';

/** Where a `gateway` section is read. */
export interface Surroundings {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Reads a configuration with nothing but this `gateway` section. */
export function readGateway(
  gateway: object,
  { folder = '/etc/sluice', env = {} }: Surroundings = {},
): GatewayConfig {
  return parseConfig(JSON.stringify({ gateway, mcpServers: {} }), { folder, env });
}

/** Everything that is wrong with such a configuration. */
export function problemsOf(gateway: object, surroundings: Surroundings = {}): readonly string[] {
  try {
    readGateway(gateway, surroundings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
