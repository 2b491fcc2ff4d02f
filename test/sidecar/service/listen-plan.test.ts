import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listenPlan } from '../../../sidecar/service/listen-plan.ts';

const tls = { 'tls-cert': 'a.pem', 'tls-key': 'a.key', 'tls-client-ca': 'ca.pem' };

describe('where a sidecar listens', () => {
  for (const listen of ['unix:/run/guard.sock', '127.0.0.1:0', '[::1]:1', 'localhost:50051']) {
    it(`may be ${listen} in plain text`, () => assert.equal(listenPlan({ listen }).listen, listen));
  }

  for (const listen of ['0.0.0.0:50051', '[::]:50051', '10.0.0.1:1', 'guards.example:50051']) {
    it(`may not be ${listen} without TLS, and is with it`, () => {
      assert.throws(
        () => listenPlan({ listen }),
        /other machines can reach this address: give --tls-cert, --tls-/,
      );
      assert.deepEqual(listenPlan({ listen, ...tls }).tls, {
        certificate: 'a.pem',
        privateKey: 'a.key',
        clientAuthority: 'ca.pem',
      });
    });
  }

  for (const missing of Object.keys(tls)) {
    it(`needs --${missing} where the other TLS files are given`, () => {
      const flags = { ...tls, listen: '127.0.0.1:0', [missing]: undefined };
      assert.throws(() => listenPlan(flags), /give --tls-cert, --tls-key and --tls-client-ca together/);
    });
  }

  it('has no TLS on a Unix socket', () => {
    assert.throws(() => listenPlan({ listen: 'unix:/run/a.sock', ...tls }), /--tls-cert is for TCP/);
  });

  it('for its administration is never reached by other machines, TLS or not', () => {
    const flags = { listen: '127.0.0.1:0', 'admin-listen': '0.0.0.0:1', ...tls };
    assert.throws(() => listenPlan(flags), /--admin-listen 0\.0\.0\.0:1: other machines can reach/);
    assert.equal(listenPlan({ ...flags, 'admin-listen': '127.0.0.1:1' }).adminListen, '127.0.0.1:1');
  });

  it('for health may be reached by anybody: it tells which guards serve', () => {
    const flags = { listen: '127.0.0.1:0', 'health-listen': '0.0.0.0:2' };
    assert.equal(listenPlan(flags).healthListen, '0.0.0.0:2');
    assert.throws(() => listenPlan({ ...flags, 'health-listen': 'x' }), /--health-listen x is no address/);
  });
});
