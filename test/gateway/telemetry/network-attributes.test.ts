import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkOf, networkOfSidecar } from '../../../gateway/telemetry/network-attributes.ts';

const over = (url: string) => networkOf({ kind: 'http', url });
const http = { 'network.transport': 'tcp', 'network.protocol.name': 'http' };

describe('how a server is reached', () => {
  it('is its host and port, and nothing else of its URL', () => {
    assert.deepEqual(over('https://user:s3cret@host.example:8443/s3cret?token=s3cret#s3cret'), {
      ...http,
      'server.address': 'host.example',
      'server.port': 8443,
    });
  });

  it('is the usual port where none is named, and an IPv6 address without its brackets', () => {
    assert.deepEqual(over('http://host/mcp'), { ...http, 'server.address': 'host', 'server.port': 80 });
    assert.deepEqual(over('https://[::1]/'), { ...http, 'server.address': '::1', 'server.port': 443 });
  });

  it('is a pipe where it is a program', () => {
    assert.deepEqual(networkOf({ kind: 'stdio' }), { 'network.transport': 'pipe' });
  });
});

describe('how a sidecar is reached', () => {
  it('is a Unix socket, or TCP', () => {
    assert.deepEqual(networkOfSidecar('unix:/run/guard.sock'), { 'network.transport': 'unix' });
    assert.deepEqual(networkOfSidecar('10.0.0.7:4000'), { 'network.transport': 'tcp' });
  });
});
