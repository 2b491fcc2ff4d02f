import { checkServerIdentity } from 'node:tls';
import { credentials, experimental } from '@grpc/grpc-js';
import type { SidecarTls } from '../config/sidecar-config.ts';
import type { ChannelSecurity } from './labeler-client.ts';

/** How often the TLS files are read, in milliseconds: certificates are replaced hours before their end. */
const refreshMs = 10_000;

/** A connection over TCP that says nothing for so long is asked, in milliseconds; a machine that is gone answers nothing. */
const keepaliveTimeMs = 10_000;
/** And dropped after so long, in milliseconds: a sidecar that is merely busy answers within some hundred. */
const keepaliveTimeoutMs = 5_000;

const tcpOptions = {
  'grpc.keepalive_time_ms': keepaliveTimeMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
};

/** A port of this machine. */
export const plainTcp: ChannelSecurity = { credentials: credentials.createInsecure(), options: tcpOptions };

/**
 * Mutual TLS with the sidecars of one configuration. The files are read again every few seconds: connections that are made
 * later use what stands in them then, and where they do not fit together, there are none.
 */
export function sidecarSecurity(
  tls: SidecarTls,
  refreshIntervalMs = refreshMs,
): (host: string) => ChannelSecurity {
  const files = new experimental.FileWatcherCertificateProvider({
    caCertificateFile: tls.authorityFile,
    certificateFile: tls.certificateFile,
    privateKeyFile: tls.keyFile,
    refreshIntervalMs,
  });
  return (host) => {
    const name = tls.serverName ?? host;
    return {
      credentials: experimental.createCertificateProviderChannelCredentials(files, files, {
        checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      }),
      // It is what the handshake asks for. Not an address: TLS has no place for one, and Node refuses it.
      options: { ...tcpOptions, 'grpc.ssl_target_name_override': tls.serverName ?? 'sidecar' },
    };
  };
}
