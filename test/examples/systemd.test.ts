/** The units of examples/systemd: what systemd says of them, where there is one. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseCommandLine as parseGateway } from '../../gateway/command-line.ts';
import { telemetrySettings } from '../../gateway/telemetry/telemetry-settings.ts';
import { parseCommandLine as parseSidecar } from '../../sidecar/command-line.ts';
import { readTelemetrySettings } from '../../sidecar/config.ts';
import { finishedCommand } from '../harness/finished-command.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const examples = join(import.meta.dirname, '..', '..', 'examples', 'systemd');
const units = ['sluice-sidecar.service', 'sluice-gateway.service'];
const analyze = '/usr/bin/systemd-analyze';
const skip = existsSync(analyze)
  ? false
  : 'systemd-analyze is not on this machine: THE UNITS WERE NOT CHECKED';

/** A unit's settings with all their values. */
async function settingsOf(unit: string): Promise<Map<string, string[]>> {
  const settings = new Map<string, string[]>();
  for (const line of (await readFile(join(examples, unit), 'utf8')).split('\n')) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== '') settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** The lines of an example of an environment file, without the signs that make comments of them. */
async function variablesOf(name: string): Promise<Record<string, string>> {
  const text = await readFile(join(examples, `${name}.env.example`), 'utf8');
  const lines = [...text.matchAll(/^#([A-Z][A-Z_]+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, variable = '', value = '']) => [variable, value]));
}

/** As systemd passes them on with the variables of that example. */
async function argumentsOf(name: string): Promise<string[]> {
  const [command = ''] = (await settingsOf(`sluice-${name}.service`)).get('ExecStart') ?? [];
  const { SLUICE_OPTIONS: options = '' } = await variablesOf(name);
  return command.replace('$SLUICE_OPTIONS', options).split(' ').slice(1);
}

suite('the systemd units', () => {
  let folder: string;
  before(async () => {
    folder = await temporaryFolder();
    for (const unit of units) {
      const text = await readFile(join(examples, unit), 'utf8');
      // The verification looks whether the programs are there.
      await writeFile(
        join(folder, unit),
        text.replaceAll(/\/usr\/local\/bin\/sluice-\w+/g, process.execPath),
      );
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const unit of units) {
    test(`hold what systemd knows: ${unit}`, { skip }, async () => {
      const { exitCode, stderr } = await finishedCommand(analyze, ['verify', '--man=no', join(folder, unit)]);
      assert.equal(stderr, '');
      assert.equal(exitCode, 0);
    });

    test(`leave little open, by systemd's own measure: ${unit}`, { skip }, async () => {
      // In tenths: 0 is safest and 100 least so. docs/operating.md gives the figures.
      const threshold = unit === 'sluice-sidecar.service' ? 6 : 15;
      const { exitCode, stdout } = await finishedCommand(analyze, [
        'security',
        '--offline=true',
        `--threshold=${threshold}`,
        join(folder, unit),
      ]);
      assert.equal(exitCode, 0, stdout);
    });

    test(`stop starting what cannot use its configuration: ${unit}`, async () => {
      assert.deepEqual((await settingsOf(unit)).get('RestartPreventExitStatus'), ['2']);
    });

    test(`let V8 make machine code: ${unit}`, async () => {
      assert.deepEqual((await settingsOf(unit)).get('MemoryDenyWriteExecute'), ['no']);
    });
  }

  const journal = { isTerminal: false, wantsColour: false };

  test('start the programs with words that these take', async () => {
    const sidecar = parseSidecar(await argumentsOf('sidecar'), journal);
    assert.deepEqual([sidecar.listen, sidecar.log.level], ['unix:/run/sluice/guard.sock', 'warn']);
    const gateway = parseGateway(await argumentsOf('gateway'));
    assert.deepEqual([gateway.command, gateway.flags.get('log-level')], ['serve', 'warn']);
  });

  for (const name of ['gateway', 'sidecar']) {
    test(`read a file of variables, where there is one: ${name}`, async () => {
      const settings = await settingsOf(`sluice-${name}.service`);
      assert.deepEqual(settings.get('EnvironmentFile'), [`-/etc/sluice/${name}.env`]);
      const env = await variablesOf(name);
      const { traces } =
        name === 'gateway' ? telemetrySettings(env, 'sluice-gateway') : readTelemetrySettings(env);
      assert.ok(traces !== undefined);
    });
  }

  test('give the sidecar no network', async () => {
    const settings = await settingsOf('sluice-sidecar.service');
    assert.deepEqual(settings.get('PrivateNetwork'), ['yes']);
    assert.deepEqual(settings.get('RestrictAddressFamilies'), ['AF_UNIX']);
  });
});
