import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseCommandLine } from '../../sidecar/command-line.ts';
import { ConfigError } from '../../sidecar/config/config-error.ts';
import { finishedCommand } from '../harness/finished-command.ts';

const terminal = { isTerminal: true, wantsColour: false };
const root = join(import.meta.dirname, '..', '..');

suite('the command line of the sidecar', () => {
  test('names the configuration and where to listen', () => {
    assert.deepEqual(
      parseCommandLine(['--config', 'a.json', '--listen', 'unix:/run/a.sock', '--watch'], terminal),
      {
        config: 'a.json',
        listen: 'unix:/run/a.sock',
        adminListen: undefined,
        healthListen: undefined,
        tls: undefined,
        watches: true,
        stopsWithStdin: false,
        log: { level: 'info', format: 'text', isColoured: false, showsPayloads: false },
      },
    );
  });

  const refused: readonly (readonly [given: readonly string[], sentence: RegExp])[] = [
    [[], /^usage: sluice-sidecar --config FILE/],
    [['--config', 'a.json', '--listen', 'nowhere'], /is no address: write unix:/],
    [['--confg', 'a.json'], /--confg/],
    [['--config', 'a', '--listen', 'unix:/a', '--log-level', 'all'], /--log-level: must be debug, info/],
  ];
  for (const [given, sentence] of refused) {
    test(`is refused in words: ${given.join(' ') || 'nothing'}`, () => {
      assert.throws(
        () => parseCommandLine(given, terminal),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });
  }
});

suite('a program that cannot use its command line or configuration', () => {
  const cannot: readonly (readonly [about: string, args: readonly string[], exitCode: number])[] = [
    ['a sidecar without --config', ['sidecar/main.ts'], 2],
    [
      'a sidecar without its file',
      ['sidecar/main.ts', '--config', 'nowhere.json', '--listen', 'unix:/tmp/a'],
      2,
    ],
    ['a gateway without its file', ['gateway/main.ts', '--config', 'nowhere.json'], 2],
    ['an explanation, where 2 means denied', ['gateway/main.ts', 'explain', '--config', 'nowhere.json'], 1],
  ];
  for (const [about, [main = '', ...args], exitCode] of cannot) {
    test(`ends with ${exitCode}: ${about}`, async () => {
      const ended = await finishedCommand(process.execPath, [join(root, main), ...args]);
      assert.equal(ended.exitCode, exitCode, ended.stderr);
    });
  }
});
