import { setTimeout as delay } from 'node:timers/promises';
import type { CheckResult } from './check.ts';
import { type CommandLine, type Target, UsageError } from './command-line.ts';
import { gatewayChecks } from './gateway/gateway-checks.ts';
import { GatewayUnderTest } from './gateway/gateway-under-test.ts';
import { KitTools } from './gateway/kit-tools.ts';
import { PlayedSidecar } from './gateway/played-sidecar.ts';
import { runChecks } from './run-checks.ts';

/** How long the gateway may take to find the kit's sidecar and server, in milliseconds. */
const startMs = 60_000;
/** How long one try may take, in milliseconds. */
const tryMs = 20_000;
/** Pause between two tries, in milliseconds. */
const retryMs = 250;

/** Plays sidecar, server and agents around a gateway. Throws a UsageError where no call gets through it. */
export async function checkGateway(
  { address, only, limits }: CommandLine,
  { way, tools }: Extract<Target, { kind: 'gateway' }>,
  tell: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  using sidecar = await PlayedSidecar.listen(address);
  using server = await KitTools.listen(tools);
  const gateway = new GatewayUnderTest(sidecar, server, way);
  await awaitGateway(gateway);
  const checks = gatewayChecks.filter(({ id }) => id.startsWith(only));
  return await runChecks(gateway, checks, { limits, tell });
}

/** Waits until a call that nothing is against gets through. */
export async function awaitGateway(gateway: GatewayUnderTest): Promise<void> {
  const endsAt = performance.now() + startMs;
  for (;;) {
    const said = await tryCall(gateway);
    await gateway.settle();
    if (said === undefined) return;
    if (performance.now() > endsAt)
      throw new UsageError(`no call gets through the gateway; the last one was given: ${said.slice(0, 300)}`);
    await delay(retryMs);
  }
}

/** What the agent got where it was not the result. */
async function tryCall(gateway: GatewayUnderTest): Promise<string | undefined> {
  try {
    const { delivered, words } = await gateway.callAgain({ signal: AbortSignal.timeout(tryMs) });
    return delivered.length === 2 ? undefined : words;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
