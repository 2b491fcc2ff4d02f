import { oneWord, readFlags, wholeNumber } from './command-flags.ts';
import { type CommandPlace, drawProgress, writeLines } from './command-place.ts';
import { milliseconds } from './describe-run.ts';
import { guardFile } from './guard-file.ts';
import { type AskedCall, type LabelStep, labelCall } from './label-call.ts';
import { callFlags, optionalObject, readCall } from './run-command.ts';
import { TriedGuard } from './tried-guard.ts';

const usage = 'usage: sluice guard bench FILE.wasm --tool TOOL [the options of run] [--count N] [--json]';

/** Some seconds of most guards. */
const counts = { default: 500, minimum: 1, maximum: 100_000 };
/** The engine compiles what runs often: the first ones say nothing about the rest. */
const warmUp = 50;

/** What one export took, in milliseconds. */
interface Figures {
  readonly asked: string;
  readonly callsASecond: number;
  /** CPU time of the guard process: the mean, since it is counted in steps. */
  readonly guestMs: number;
  readonly elapsedMs: { readonly p50: number; readonly p99: number };
  /** How much of the time there and back the guard process works. */
  readonly guestShare: number;
}

/** `sluice guard bench`: labels one call again and again, one at a time, each in a fresh instance. 1 where a step fails. */
export async function benchCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const flags = readFlags(args, { ...callFlags, count: 'text' });
  const path = oneWord(flags, usage);
  const count = wholeNumber(flags, 'count', counts);
  const call = await readCall(flags);
  const config = await guardFile(path, await optionalObject(flags, 'limits'));
  await using guard = await TriedGuard.start(config, new AbortController().signal);
  const rounds = await measure(guard, call, { count, place });
  const { digest } = guard.version;
  const failed = rounds.flat().find(({ outcome }) => outcome.kind === 'failed');
  const figures = failed === undefined ? figuresOf(rounds) : [];
  const report = { guard: path, digest, count, failure: failed?.outcome, figures };
  await writeLines(
    place,
    flags.has('json') ? [JSON.stringify(report, undefined, 2)] : describe(figures, failed),
  );
  return failed === undefined ? 0 : 1;
}

async function measure(
  guard: TriedGuard,
  call: AskedCall,
  { count, place }: { count: number; place: CommandPlace },
): Promise<readonly (readonly LabelStep[])[]> {
  const rounds: (readonly LabelStep[])[] = [];
  for (let round = 0; round < count + warmUp; round++) {
    const steps = await labelCall(
      guard,
      { ...call, backend: call.backend.again() },
      new AbortController().signal,
    );
    if (steps.some(({ outcome }) => outcome.kind === 'failed')) return [steps];
    if (round >= warmUp) rounds.push(steps);
    if (round % 50 === 0) drawProgress(place, `${round}/${count + warmUp}`);
  }
  drawProgress(place, '');
  return rounds;
}

function figuresOf(rounds: readonly (readonly LabelStep[])[]): Figures[] {
  const [first = []] = rounds;
  return first.map(({ asked }, index) => {
    const steps = rounds.flatMap((round) => round[index] ?? []);
    const elapsed = steps.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b);
    const [guestMs, meanMs] = [mean(steps.map((step) => step.guestMs)), mean(elapsed)];
    const at = (share: number) =>
      elapsed[Math.min(elapsed.length - 1, Math.floor(elapsed.length * share))] ?? 0;
    const elapsedMs = { p50: at(0.5), p99: at(0.99) };
    return { asked, callsASecond: 1_000 / meanMs, guestMs, elapsedMs, guestShare: guestMs / meanMs };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function describe(figures: readonly Figures[], failed: LabelStep | undefined): string[] {
  if (failed?.outcome.kind === 'failed') {
    const { code, message } = failed.outcome;
    return [`${failed.asked} failed: ${code}  ${message}`];
  }
  return figures.map(({ asked, callsASecond, guestMs, elapsedMs, guestShare }) => {
    const times = `p50 ${milliseconds(elapsedMs.p50)}, p99 ${milliseconds(elapsedMs.p99)}`;
    const guest = `${milliseconds(guestMs)} CPU in the guard process (${(guestShare * 100).toFixed(0)} %)`;
    return `${asked.padEnd(15)} ${callsASecond.toFixed(0).padStart(6)} a second  ${times}  ${guest}`;
  });
}
