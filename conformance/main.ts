/** `sluice conformance`: holds a foreign sidecar, or a foreign gateway, against the contract (docs/conformance.md). */
import type { CheckResult } from './check.ts';
import { checkGateway } from './check-gateway.ts';
import { checkSidecar } from './check-sidecar.ts';
import { type CommandLine, parseCommandLine, UsageError } from './command-line.ts';
import { describeResult, exitCodeOf, reportOf, summary } from './report.ts';

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  const tell = (result: CheckResult) => {
    if (!command.isJson) process.stdout.write(`${describeResult(result)}\n`);
  };
  const checks = await run(command, tell);
  if (checks.length === 0) throw new UsageError(`no check has an id that begins with ${command.only}`);
  const report = reportOf({ target: command.target.kind, address: command.address }, checks);
  process.stdout.write(`${command.isJson ? JSON.stringify(report) : summary(report)}\n`);
  return exitCodeOf(report);
}

function run(command: CommandLine, tell: (result: CheckResult) => void): Promise<CheckResult[]> {
  const { target } = command;
  return target.kind === 'sidecar'
    ? checkSidecar(command, target, tell)
    : checkGateway(command, target, tell);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
