/** `sluice-gateway explain`: what the guards say of a call, and what the monitor would decide; the tool is never called. */
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Flags } from '../gh-aw/outside-settings.ts';
import type { Labeler } from '../guard/labeler.ts';
import { LabelerClient } from '../guard/labeler-client.ts';
import { SidecarPool } from '../guard/sidecar-pool.ts';
import type { Log } from '../log.ts';
import { OpenTransports } from '../server-transport/open-transports.ts';
import { SidecarProcess } from '../sidecar-process.ts';
import { describeExplanation } from './describe-explanation.ts';
import { explainCall } from './explain-call.ts';
import { readExplainRequest } from './explain-request.ts';
import type { Verdict } from './explanation.ts';
import { explanationJson } from './explanation-json.ts';
import { GuardReads } from './guard-reads.ts';

/** What a call is explained with. */
export interface ExplainTerms {
  readonly flags: Flags;
  readonly config: GatewayConfig;
  /** What a sidecar of the gateway's own reads its guards from. */
  readonly guardsFile: string;
  readonly output: NodeJS.WritableStream;
  readonly log: Log;
}

const exitCodes: Readonly<Record<Verdict['kind'], number>> = { allowed: 0, failed: 1, denied: 2 };

/** Explains a call on `output`: 0 where it would be allowed, 2 denied, 1 failed. Throws an Error of one sentence for a bad flag. */
export async function explainCommand(terms: ExplainTerms, signal: AbortSignal): Promise<number> {
  const { flags, config, output, log } = terms;
  const request = await readExplainRequest(flags);
  await using parts = new AsyncDisposableStack();
  const labeler = parts.use(await labelerOf(terms, parts));
  const open = parts.use(new OpenTransports());
  const around = { labeler, log, open, reads: new GuardReads(request.allowsReads), as: request.as };
  const rules = { operatorMode: config.guardsMode, notice: config.notice };
  const explanation = await explainCall(request, { servers: config.servers, rules, around }, signal);
  const lines = flags.has('json') ? [explanationJson(explanation)] : describeExplanation(explanation);
  await written(output, `${lines.join('\n')}\n`);
  return exitCodes[explanation.verdict.kind];
}

/** Settles when all of it is on its way, so that the process may end; also when nobody reads on. */
function written(output: NodeJS.WritableStream, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  output.once('error', () => resolve());
  output.write(text, () => resolve());
  return promise;
}

/** The sidecars that are configured, or one like the gateway's own. */
async function labelerOf(
  { config, guardsFile: configFile, log }: ExplainTerms,
  parts: AsyncDisposableStack,
): Promise<Labeler> {
  if (config.sidecar !== undefined) return new SidecarPool(config.sidecar, log);
  const program = { configFile, environment: config.guardsEnvironment };
  return new LabelerClient(parts.use(await SidecarProcess.start(program, log)).address);
}
