import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { CheckResult } from './check.ts';
import { type CommandLine, type TlsFiles, UsageError } from './command-line.ts';
import { runChecks } from './run-checks.ts';
import { sidecarChecks } from './sidecar/sidecar-checks.ts';
import { SidecarUnderTest } from './sidecar/sidecar-under-test.ts';

/** How long a connection may take, in milliseconds: a sidecar that is just starting is there by then. */
const connectMs = 10_000;

/** Runs the checks of a sidecar. Throws a UsageError where it cannot be reached. */
export async function checkSidecar(
  { address, only, limits }: CommandLine,
  { guard, tls }: { guard: string; tls: TlsFiles | undefined },
  tell: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const serverName = tls?.serverName;
  const options = serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName };
  using sidecar = new SidecarUnderTest({ address, guard, options, credentials: channelCredentials(tls) });
  if (!(await sidecar.isReachable(connectMs))) throw new UsageError(`nobody can be reached at ${address}`);
  const checks = sidecarChecks.filter(({ id }) => id.startsWith(only));
  return await runChecks(sidecar, checks, { limits, tell });
}

function channelCredentials(tls: TlsFiles | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(readPem(tls.ca), readPem(tls.key), readPem(tls.cert));
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}`, { cause: error });
  }
}
