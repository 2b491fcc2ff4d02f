import type { Gateway } from './gateway.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from './load-config.ts';
import type { Log } from './log.ts';

/** What holds the guards where a sidecar of the gateway's own reads them. */
export interface GuardsPlace {
  replace?(guards: Extract<LoadedConfig['guards'], { kind: 'object' }>['value']): Promise<void>;
}

/** Reads a gateway's configuration again, and applies what is different. Throws a ConfigError where nothing was changed. */
export async function reloadConfig(
  gateway: Gateway,
  { options, guards: place }: { options: LoadOptions; guards: GuardsPlace },
  log: Log,
): Promise<void> {
  if (options.source.kind === 'stdin')
    throw new Error('it came on standard input, which cannot be read again: start the gateway again');
  const { config, guards, notes } = await loadConfig(options);
  for (const note of notes) log.write('warn', note);
  if (guards.kind === 'object') await place.replace?.(guards.value);
  const { changes, unapplied } = await gateway.reload(config);
  const { added, changed, removed } = changes;
  log.write('info', 'the configuration was read again', {
    added: added.join(', '),
    changed: changed.join(', '),
    removed: removed.join(', '),
  });
  for (const name of unapplied)
    log.write('warn', `gateway.${name} is another now: start the gateway again for that`);
}
