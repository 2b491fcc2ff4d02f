/** `sluice guard WORD …`: what a guard's author does with a guard before a sidecar runs it. */

import { nearestWord } from '../config/nearest-word.ts';
import { wantsColour } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import type { CommandPlace } from './command-place.ts';
import { UsageError } from './usage-error.ts';

interface GuardCommand {
  readonly about: string;
  readonly run: () => Promise<(args: readonly string[], place: CommandPlace) => Promise<number>>;
}

const commands: Readonly<Record<string, GuardCommand>> = {
  inspect: {
    about: 'FILE.wasm: what it is, and what keeps a sidecar from serving it',
    run: async () => (await import('./inspect-command.ts')).inspectCommand,
  },
  run: {
    about: 'FILE.wasm --tool T: has it label one call',
    run: async () => (await import('./run-command.ts')).runCommand,
  },
  test: {
    about: 'DIR: asks guards the cases of a folder, and compares what they say',
    run: async () => (await import('./test-command.ts')).testCommand,
  },
  bench: {
    about: 'FILE.wasm --tool T: measures how long it labels one call',
    run: async () => (await import('./bench-command.ts')).benchCommand,
  },
  record: {
    about: '--listen A --to B --into DIR --config FILE: writes what a sidecar is asked down as cases',
    run: async () => (await import('./record-command.ts')).recordCommand,
  },
};

const exitCodes = 'exit codes: 0 all is well, 1 something was found, 2 the command is wrong';

function help(): string {
  const lines = Object.entries(commands).map(([word, { about }]) => `  ${word.padEnd(9)}${about}`);
  return ['usage: sluice guard WORD …; each word takes --json', ...lines, exitCodes, ''].join('\n');
}

/** NO_COLOR and what is no terminal have no colours (no-color.org). */
const place: CommandPlace = {
  output: process.stdout,
  notes: process.stderr,
  isColoured: process.stdout.isTTY === true && wantsColour(),
  showsProgress: process.stderr.isTTY === true,
};

async function main([word, ...args]: readonly string[]): Promise<number> {
  if (word === undefined) throw new UsageError(help().trimEnd());
  if (['--help', '-h', 'help'].includes(word) || args.includes('--help')) {
    place.output.write(help());
    return 0;
  }
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (command === undefined) throw new UsageError(refusal(word));
  return (await command.run())(args, place);
}

function refusal(word: string): string {
  const nearest = nearestWord(word, Object.keys(commands));
  const advice = nearest === undefined ? 'sluice guard --help names them all' : `did you mean ${nearest}?`;
  return `unknown command ${JSON.stringify(word.slice(0, 80))}: ${advice}`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // The system's own words: a disk that is full, a folder that may not be written.
  const isSystems = error instanceof Error && 'syscall' in error;
  const isKnown = error instanceof UsageError || error instanceof GuardError || isSystems;
  const words = isKnown ? error.message : `internal error: ${String(error)}`;
  process.stderr.write(`${words}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
