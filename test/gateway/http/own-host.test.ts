import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { HttpError } from '../../../gateway/http/http-error.ts';
import { expectOwnHost, expectOwnOrigin, type OwnNames } from '../../../gateway/http/own-host.ts';

const loopback: OwnNames = { isLoopback: true, hosts: [] };
const named: OwnNames = { isLoopback: false, hosts: ['sluice.example', '10.0.0.5', 'fd00::1'] };
const anyName: OwnNames = { isLoopback: false, hosts: [] };

function request(headers: Readonly<Record<string, string>>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

/** The code of a refusal; nothing where there is none. */
function refusal(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof HttpError && error.status === 403);
    return error.code;
  }
}

const isOwnHost = (host: string, names: OwnNames) =>
  refusal(() => expectOwnHost(request({ host }), names)) === undefined;
const isOwnOrigin = (origin: string, host: string) =>
  refusal(() => expectOwnOrigin(request({ origin, host }))) === undefined;

suite('the host of a request', () => {
  const own = [
    ...['localhost', 'LocalHost', 'localhost:3000', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:65535'],
    ...['127.9.9.9:80', '[::1]', '[::1]:3000', '[0:0:0:0:0:0:0:1]:3000', '[0000::0001]'],
  ];
  for (const host of own)
    test(`on loopback may be ${host}`, () => assert.equal(isOwnHost(host, loopback), true));

  const foreign = [
    ...[
      '',
      ':',
      ':3000',
      'evil.example',
      'localhost.evil.example',
      'evil.localhost',
      'localhost.',
      'xlocalhost',
    ],
    ...['127.0.0.1.evil.example', '127.0.0.1.', '127.1', '2130706433', '0x7f.0.0.1', '0.0.0.0', '10.0.0.1'],
    ...['::1', '[::1', '::1]', '[::1]evil', '[::2]', '[::]', '[127.0.0.1]', '[localhost]', '[::1%25lo]'],
    ...['localhost:', 'localhost:x', 'localhost:123456', 'localhost:80:80', 'localhost, evil.example'],
    ...['localhost@evil.example', 'evil.example@localhost', 'localhost/evil', 'localhost evil', 'ｌocalhost'],
    ...['sluice.example', 'ⅼocalhost', 'localhost\tevil', '127.0.0.1#', 'http://localhost'],
  ];
  for (const host of foreign)
    test(`on loopback is none of ours as ${JSON.stringify(host)}`, () =>
      assert.equal(isOwnHost(host, loopback), false));

  test('beyond loopback is any where none is configured: whoever asks needs a key', () => {
    for (const host of ['sluice.example', 'evil.example', '10.0.0.5', ''])
      assert.equal(isOwnHost(host, anyName), true, host);
  });

  test('is a configured one, or this machine, where some are', () => {
    const known = [
      'sluice.example',
      'SLUICE.Example:8443',
      '10.0.0.5:1',
      '[fd00::1]:1',
      '[FD00:0::1]',
      'localhost',
    ];
    for (const host of known) assert.equal(isOwnHost(host, named), true, host);
    const unknown = [
      'evil.example',
      'x.sluice.example',
      'sluice.example.',
      '10.0.0.50',
      '[fd00::10]',
      'fd00::1',
      '',
    ];
    for (const host of unknown) assert.equal(isOwnHost(host, named), false, host);
    assert.equal(isOwnHost('sluice.example', { ...named, isLoopback: true }), true, 'behind a proxy');
  });

  test('that is refused is told the names that are not', () => {
    const all = /answers to localhost, 127\.0\.0\.1, \[::1\], sluice\.example, 10\.0\.0\.5, fd00::1 only/;
    assert.throws(() => expectOwnHost(request({ host: 'x' }), named), all);
  });
});

suite('the page that a request comes from', () => {
  const host = 'sluice.example:8443';
  const own = [
    ['http://localhost', '127.0.0.1:3000'],
    ['http://127.0.0.1:6274', 'localhost:3000'],
    ['https://[::1]:1', 'localhost:3000'],
    ['HTTP://LOCALHOST', 'localhost:3000'],
    ['https://sluice.example:8443', host],
    ['https://sluice.example:8443', 'SLUICE.example:8443'],
    ['https://sluice.example', 'sluice.example:443'],
    ['https://sluice.example:443', 'sluice.example'],
    ['http://[fd00::1]:3000', '[fd00:0::1]:3000'],
  ] as const;
  for (const [origin, to] of own)
    test(`may be ${origin} for ${to}`, () => assert.equal(isOwnOrigin(origin, to), true));

  const foreign = [
    ...['null', '', 'file://', 'file://localhost', 'chrome-extension://localhost', 'data:,', 'localhost'],
    ...['http://evil.example', 'https://127.0.0.1.evil.example', 'http://localhost.evil.example'],
    ...[
      'http://localhost@evil.example',
      'http://evil.example#localhost',
      '//localhost',
      'blob:http://localhost',
    ],
    ...[
      'https://sluice.example',
      'https://sluice.example:9999',
      'http://localhost:3000, http://evil.example',
    ],
  ];
  for (const origin of foreign)
    test(`is none of ours as ${JSON.stringify(origin)}`, () =>
      assert.equal(isOwnOrigin(origin, host), false));

  test('is nobody’s where a program asks', () => {
    assert.equal(
      refusal(() => expectOwnOrigin(request({ host }))),
      undefined,
    );
  });
});
