import { parseArgs } from 'node:util';
import { ConfigError } from './config/config-error.ts';
import { type LogPlace, type LogSettings, logSettings } from './log-settings.ts';
import { listenAddress } from './service/listen-address.ts';

/** What a sidecar is started with. */
export interface CommandLine {
  readonly config: string;
  readonly listen: string;
  readonly adminListen: string | undefined;
  /** Files that change are read again. */
  readonly watches: boolean;
  /** The process that started us holds the other end of standard input: when it dies, we have nobody to serve. */
  readonly stopsWithStdin: boolean;
  /** How its log is written. */
  readonly log: LogSettings;
}

const usage =
  'usage: sluice-sidecar --config FILE --listen unix:/path|host:port [--admin-listen unix:/path|host:port] [--watch] [--log-level debug|info|warn|error] [--log-format json|text] [--log-payloads]';

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
      watch: { type: 'boolean' },
      'stop-with-stdin': { type: 'boolean' },
      'log-level': { type: 'string' },
      'log-format': { type: 'string' },
      'log-payloads': { type: 'boolean' },
    },
  });
  if (values.config === undefined || values.listen === undefined) throw new Error(usage);
  const admin = values['admin-listen'];
  return {
    config: values.config,
    listen: listenAddress(values.listen),
    adminListen: admin === undefined ? undefined : listenAddress(admin),
    watches: values.watch === true,
    stopsWithStdin: values['stop-with-stdin'] === true,
    log: logSettings(values, place),
  };
}
