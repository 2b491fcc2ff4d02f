import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { type Door, identifyCaller } from '../../../gateway/http/caller.ts';
import { HttpError } from '../../../gateway/http/http-error.ts';

const noNames = { hasCertificates: false, operators: [], hosts: [] };
const open: Door = { ...noNames, keys: [], isLoopback: true };
const locked: Door = {
  ...noNames,
  keys: [{ principal: 'key', key: 'a-key-of-the-tests' }],
  isLoopback: false,
};

function request(headers: Readonly<Record<string, string>>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, { host: 'localhost' }, headers);
  return message;
}

function refusedWith(status: number, code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof HttpError);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  };
}

// What clients see of each refusal is pinned in test/e2e/http.test.ts.
suite('a caller', () => {
  test('without a key is the one anonymous principal, of a keyless gateway only', () => {
    assert.deepEqual(identifyCaller(request({}), open), { principal: 'anonymous', run: '' });
    assert.throws(() => identifyCaller(request({}), locked), refusedWith(401, 'unauthorized'));
  });

  test('with the key is another principal than the anonymous one', () => {
    const { principal } = identifyCaller(request({ authorization: 'Bearer a-key-of-the-tests' }), locked);
    assert.notEqual(principal, 'anonymous');
    assert.doesNotMatch(principal, /a-key/);
  });

  test('has the run that it names, letter by letter', () => {
    assert.equal(identifyCaller(request({ 'sluice-run': 'Run-1' }), open).run, 'Run-1');
    assert.notEqual(identifyCaller(request({ 'sluice-run': 'run-1' }), open).run, 'Run-1');
  });

  test('that names two runs is refused', () => {
    // Node joins a header that comes twice.
    assert.throws(() => identifyCaller(request({ 'sluice-run': 'a, b' }), open), refusedWith(400, 'bad_run'));
  });

  test('is looked at from the outside in: the host, the origin, the key, the run', () => {
    const wrong = { host: 'evil.example', origin: 'http://evil.example', 'sluice-run': 'a b' };
    const door = { ...locked, isLoopback: true };
    assert.throws(() => identifyCaller(request(wrong), door), refusedWith(403, 'forbidden_host'));
    const own = { ...wrong, host: 'localhost' };
    assert.throws(() => identifyCaller(request(own), door), refusedWith(403, 'forbidden_origin'));
    const local = { ...own, origin: 'http://localhost' };
    assert.throws(() => identifyCaller(request(local), door), refusedWith(401, 'unauthorized'));
    const known = { ...local, authorization: 'a-key-of-the-tests' };
    assert.throws(() => identifyCaller(request(known), door), refusedWith(400, 'bad_run'));
  });

  test('may come from a page of the gateway’s own name, where it has one', () => {
    const own = {
      host: 'sluice.example:8443',
      origin: 'https://sluice.example:8443',
      authorization: 'a-key-of-the-tests',
    };
    identifyCaller(request(own), locked);
    const foreign = { ...own, origin: 'https://sluice.example:9999' };
    assert.throws(() => identifyCaller(request(foreign), locked), refusedWith(403, 'forbidden_origin'));
  });
});
