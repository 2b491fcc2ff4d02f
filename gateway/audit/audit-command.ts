/** `sluice-gateway audit verify FILE...` and `audit report FILE... --config FILE`. */
import { parseArgs } from 'node:util';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { parseChainedLine } from './chained-line.ts';
import { readLines } from './read-lines.ts';
import { type Change, TrailReport } from './trail-report.ts';
import { oldestFirst, type Verdict, verifyTrail } from './verify-trail.ts';

const usage =
  'usage: sluice-gateway audit verify FILE... [--anchor HASH] [--head HASH], or audit report FILE... --config FILE';

/** What the commands stand on. */
export interface AuditSurroundings {
  readonly output: NodeJS.WritableStream;
  /** Reads a configuration. Throws a ConfigError. */
  readonly load: (path: string) => Promise<GatewayConfig>;
}

/** Runs what stands behind `audit` on the command line; the exit code. Throws one sentence for whoever typed it. */
export async function auditCommand(args: readonly string[], around: AuditSurroundings): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string', short: 'c' }, anchor: { type: 'string' }, head: { type: 'string' } },
    allowPositionals: true,
  });
  const [command, ...files] = positionals;
  const { config, anchor, head } = values;
  if (files.length === 0) throw new Error(usage);
  if (command === 'verify' && config === undefined)
    return await verify(files, { anchor: expectHash(anchor), head: expectHash(head) }, around);
  if (command === 'report' && config !== undefined && anchor === undefined && head === undefined)
    return await report(files, config, around);
  throw new Error(usage);
}

function expectHash(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{64}$/.test(text)) return text;
  throw new Error(`${text} is no hash: it has 64 hex digits`);
}

/** 0 for a trail that is as it was written, with an unfinished last line or without. */
async function verify(
  files: readonly string[],
  known: { anchor: string | undefined; head: string | undefined },
  { output }: AuditSurroundings,
): Promise<number> {
  const verdict = await verifyTrail(files, known);
  for (const { file, line, sentence } of verdict.breaks) output.write(`${file}, line ${line}: ${sentence}\n`);
  for (const sentence of summaryOf(verdict)) output.write(`${sentence}\n`);
  return verdict.breaks.length === 0 ? 0 : 1;
}

function summaryOf({ breaks, lines, anchor, head, isTorn, isEnded }: Verdict): string[] {
  const torn =
    'behind the last line stands one that was never finished: the gateway was killed, or the disk full';
  const open =
    'the trail is not ended: the gateway runs or was killed, or the end was cut; compare the head with the log';
  return [
    ...(isTorn ? [torn] : []),
    ...(isEnded || lines === 0 ? [] : [open]),
    ...(anchor === undefined ? [] : [`anchor ${anchor}`]),
    ...(head === undefined ? [] : [`head ${head.hash} (number ${head.seq})`]),
    breaks.length === 0 ? `${lines} lines, unbroken` : `${lines} lines, broken in ${breaks.length} places`,
  ];
}

const words: readonly (readonly [Change, string])[] = [
  ['denied', 'would be denied'],
  ['withheld', 'would have more items withheld'],
  ['more', 'would be answered with more'],
  ['unseen', 'would no longer be denied before the server is asked'],
  ['unknown', 'cannot be told'],
];

async function report(files: readonly string[], config: string, around: AuditSurroundings): Promise<number> {
  const { output, load } = around;
  const told = new TrailReport(await load(config));
  for (const file of await oldestFirst(files)) {
    for await (const { bytes, number, isWhole } of readLines(file)) {
      const line = parseChainedLine(bytes)?.value;
      if (line === undefined && isWhole)
        throw new Error(`${file}, line ${number}: this is no line of a trail`);
      const changed = line && told.follow(line);
      if (line === undefined || changed === undefined) continue;
      const { principal, run, server, tool } = line;
      const call = JSON.stringify([principal, run, server, tool]);
      output.write(`${file}, line ${number}: ${call} ${changed.sentence}\n`);
    }
  }
  output.write(`${told.decisions} decisions, ${told.count('same')} the same\n`);
  for (const [change, sentence] of words) {
    const count = told.count(change);
    if (count > 0) output.write(`${count} ${sentence}\n`);
  }
  return 0;
}
