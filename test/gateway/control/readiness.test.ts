import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Closing } from '../../../gateway/control/closing.ts';
import { Health } from '../../../gateway/control/health.ts';
import { Readiness } from '../../../gateway/control/readiness.ts';
import { GrantingServer } from '../granting-server.ts';

/** The readiness of a gateway with one server, whose guard the test lets be had, and a sidecar that answers or not. */
function gateway(): {
  readiness: Readiness;
  server: GrantingServer;
  sidecar: { answers: boolean; asked: number };
} {
  const server = new GrantingServer();
  const health = new Health([server]);
  health.start();
  const sidecar = { answers: true, asked: 0 };
  const sidecarAnswers = async () => {
    sidecar.asked++;
    return sidecar.answers;
  };
  const readiness = new Readiness({ health, closing: new Closing(0), sidecarAnswers });
  return { readiness, server, sidecar };
}

const notReady = (message: string) => ({ status: 503, code: 'not_ready', message });

suite('the gateway is ready', () => {
  test('when every guard was had or not, and not before', async () => {
    const { readiness, server } = gateway();
    await assert.rejects(readiness.expect(), notReady('the guards are being asked for the first time'));
    server.grant();
    await nextTurn();
    await readiness.expect();
  });

  test('as long as the sidecar answers, which is asked once for all who ask within a second', async (context) => {
    const { readiness, server, sidecar } = gateway();
    server.grant();
    await nextTurn();
    await Promise.all([readiness.expect(), readiness.expect(), readiness.expect()]);
    assert.equal(sidecar.asked, 1);
    sidecar.answers = false;
    await readiness.expect();
    const later = performance.now() + 2_000;
    context.mock.method(performance, 'now', () => later);
    await assert.rejects(readiness.expect(), notReady('the sidecar, which labels, does not answer'));
    assert.equal(sidecar.asked, 2);
  });
});
