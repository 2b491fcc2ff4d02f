/**
 * `node otlp-socket.ts SOCKET HOST PORT`: passes on what comes to a Unix socket to a server on the network, byte for byte. The
 * sidecar, which has no network, sends its traces and metrics this way. A collector could listen on a socket itself, but
 * one that was killed would not start again while the socket's file is there, nor let another user connect.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

/** A sidecar has one connection, and another one while the first is being replaced. */
const maxConnections = 16;

const [path = '', host = '', port = ''] = process.argv.slice(2);
const server = createServer((client) => {
  const collector = connect({ host, port: Number(port) });
  // Each ends with the other; the sidecar opens another connection by itself.
  pipeline(client, collector, client, () => undefined);
});
server.maxConnections = maxConnections;
rmSync(path, { force: true });
server.listen(path, () => chmodSync(path, 0o660));
process.once('SIGTERM', () => process.exit(0));
