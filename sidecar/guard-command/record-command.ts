import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { ownAddress } from '../service/listen-plan.ts';
import { CaseRecorder, type RecordCounts } from './case-recorder.ts';
import { type CommandFlags, needed, readFlags, wholeNumber } from './command-flags.ts';
import { type CommandPlace, painted, writeLines } from './command-place.ts';
import { readPlacePattern } from './place-pattern.ts';
import { RecordedSession } from './recorded-session.ts';
import { RecordingProxy } from './recording-proxy.ts';
import { Redactor } from './redactor.ts';
import { UsageError } from './usage-error.ts';

const usage =
  'usage: sluice guard record --listen ADDRESS --to ADDRESS --into DIR --config FILE [--keep PLACE …] [--max-cases N] [--json], where ADDRESS is unix:/path or host:port';

/** A person goes through what was recorded. */
const maxCases = { default: 1_000, minimum: 1, maximum: 100_000 };

/**
 * `sluice guard record`: relays what gateways ask a sidecar, and writes it down as cases until it is told to stop. 0, or 1
 * where a case is marked or was not written.
 */
export async function recordCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const flags = readFlags(args, {
    listen: 'text',
    to: 'text',
    into: 'text',
    config: 'text',
    keep: 'texts',
    'max-cases': 'text',
    json: 'switch',
  });
  if (flags.words.length > 0) throw new UsageError(usage);
  const recorder = await newRecorder(flags, place);
  const to = address(needed(flags, 'to', usage), '--to');
  const listen = address(needed(flags, 'listen', usage), '--listen');
  const stopping = stopRequest();
  {
    const watch = () =>
      new RecordedSession(
        (question) => recorder.take(question),
        () => recorder.leaveOut(),
      );
    await using proxy = new RecordingProxy(to, watch);
    const bound = await proxy.listen(listen).catch((error: Error) => {
      throw new UsageError(error.message);
    });
    place.notes.write(`records on ${bound} what is asked of ${to}; stop it with Ctrl-C\n`);
    if (!stopping.aborted) await once(stopping, 'abort');
  }
  await recorder.finish();
  const { counts } = recorder;
  await writeLines(place, flags.has('json') ? [JSON.stringify(counts)] : [summary(counts)]);
  return counts.marked + counts.dropped + counts.leftOut === 0 ? 0 : 1;
}

async function newRecorder(flags: CommandFlags, place: CommandPlace): Promise<CaseRecorder> {
  const folder = resolve(needed(flags, 'into', usage));
  const { guards } = await readConfig(needed(flags, 'config', usage)).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  const redactor = new Redactor(flags.texts('keep').map(readPlacePattern));
  const limit = wholeNumber(flags, 'max-cases', maxCases);
  await mkdir(folder, { recursive: true });
  const onCase = (file: string, marks: readonly string[]) => {
    const verdict = marks.length === 0 ? 'wrote' : painted(place, 'yellow', 'marked');
    place.notes.write(`${[`${verdict} ${file}`, ...marks].join('\n  ')}\n`);
  };
  return new CaseRecorder({ folder, guards, redactor, maxCases: limit, onCase });
}

/** What is asked and answered goes in plain text: never to another machine. */
function address(text: string, flag: string): string {
  try {
    return ownAddress(text, flag);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function stopRequest(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}

function summary({ written, marked, equal, dropped, leftOut }: RecordCounts): string {
  const also = [
    [marked, 'marked, since the guard answers otherwise now'],
    [equal, 'equal to one that was written'],
    [dropped, 'not written: there were too many'],
    [leftOut, 'left out: the guard is not in the configuration, or a message cannot be read'],
  ] as const;
  const notes = also.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  return [`${written} cases written`, ...notes].join('; ');
}
