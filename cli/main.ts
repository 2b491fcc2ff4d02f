/** `sluice WORD …`: becomes the program that the word names. Of the others nothing is loaded. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { commands } from './commands.ts';
import { nearestWord } from './nearest-word.ts';

function help(): string {
  const lines = Object.entries(commands).map(([word, { about }]) => `  ${word.padEnd(12)}${about}`);
  return ['usage: sluice WORD …, or sluice --version', ...lines, ''].join('\n');
}

function version(): string {
  const manifest = findPackageJSON(import.meta.url);
  return manifest === undefined ? 'unknown' : JSON.parse(readFileSync(manifest, 'utf8')).version;
}

function refusal(word: string): string {
  const nearest = nearestWord(word, Object.keys(commands));
  const advice = nearest === undefined ? 'sluice --help names them all' : `did you mean ${nearest}?`;
  return `unknown command ${JSON.stringify(word.slice(0, 80))}: ${advice}`;
}

function refuse(words: string): void {
  process.stderr.write(`${words}\n`);
  process.exitCode = 2;
}

async function main([word, ...rest]: readonly string[]): Promise<void> {
  if (word === undefined) return refuse(help().trimEnd());
  if (['--help', '-h', 'help'].includes(word)) return void process.stdout.write(help());
  if (word === '--version') return void process.stdout.write(`${version()}\n`);
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (command === undefined) return refuse(refusal(word));
  process.argv.splice(2, process.argv.length, ...command.words, ...rest);
  await command.run();
}

await main(process.argv.slice(2));
