import { parseArgs } from 'node:util';
import { ConfigError } from './config/config-error.ts';
import { type LogPlace, type LogSettings, logSettings } from './log-settings.ts';
import { type ListenPlan, listenPlan } from './service/listen-plan.ts';

/** What a sidecar is started with. */
export interface CommandLine extends ListenPlan {
  readonly config: string;
  /** Files that change are read again. */
  readonly watches: boolean;
  /** The process that started us holds the other end of standard input: when it dies, we have nobody to serve. */
  readonly stopsWithStdin: boolean;
  /** How its log is written. */
  readonly log: LogSettings;
}

const usage =
  'usage: sluice-sidecar --config FILE --listen unix:/path|host:port [--tls-cert FILE --tls-key FILE --tls-client-ca FILE] [--admin-listen unix:/path|host:port] [--health-listen unix:/path|host:port] [--watch] [--log-level debug|info|warn|error] [--log-format json|text] [--log-payloads]';

/**
 * Reads the command line, without the program's own name. `place` is where the log goes.
 *
 * @throws ConfigError one sentence for whoever started the sidecar
 */
export function parseCommandLine(args: readonly string[], place: LogPlace): CommandLine {
  try {
    return parse(args, place);
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

function parse(args: readonly string[], place: LogPlace): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      listen: { type: 'string' },
      'admin-listen': { type: 'string' },
      'health-listen': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'tls-client-ca': { type: 'string' },
      watch: { type: 'boolean' },
      'stop-with-stdin': { type: 'boolean' },
      'log-level': { type: 'string' },
      'log-format': { type: 'string' },
      'log-payloads': { type: 'boolean' },
    },
  });
  const { config, listen } = values;
  if (config === undefined || listen === undefined) throw new Error(usage);
  return {
    config,
    ...listenPlan({ ...values, listen }),
    watches: values.watch === true,
    stopsWithStdin: values['stop-with-stdin'] === true,
    log: logSettings(values, place),
  };
}
