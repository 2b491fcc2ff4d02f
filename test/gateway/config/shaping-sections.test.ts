import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { parseConfig } from '../../../gateway/config.ts';

function parse(gateway: object, server: object = {}) {
  const servers = { s: { type: 'stdio', command: 'run', ...server } };
  return parseConfig(JSON.stringify({ gateway, mcpServers: servers }), {
    folder: '/etc/sluice',
    env: { A: 'x' },
  });
}

function problemsOf(gateway: object, server: object = {}): readonly string[] {
  try {
    parse(gateway, server);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

suite('gateway.payloads', () => {
  test('is where large results go, and from which size on', () => {
    const given = { folder: 'payloads', pathPrefix: '/mnt', threshold: 1 };
    assert.deepEqual(parse({ payloads: given }).payloads, {
      folder: '/etc/sluice/payloads',
      pathPrefix: '/mnt',
      thresholdBytes: 1,
    });
    const { payloads } = parse({ payloads: { folder: '/p' } });
    assert.deepEqual(payloads, { folder: '/p', pathPrefix: undefined, thresholdBytes: 524_288 });
  });

  test('is refused where it says nothing that makes sense', () => {
    assert.deepEqual(problemsOf({ payloads: { threshold: 0.5, dir: 'x' } }), [
      'unknown key gateway.payloads.dir: known keys are folder, pathPrefix, threshold',
      'gateway.payloads.folder: is missing: write the folder for results that are too large',
      'gateway.payloads.threshold: must be a number from 1 to 1073741824',
    ]);
    assert.deepEqual(problemsOf({ payloads: { folder: '/p', threshold: 1.5 } }), [
      'gateway.payloads.threshold: must be a whole number',
    ]);
    assert.deepEqual(problemsOf({ payloads: '/p' }), ['gateway.payloads: must be an object']);
  });
});

suite('rateLimitBreaker', () => {
  const breakerOf = (rateLimitBreaker: object) =>
    parse({}, { rateLimitBreaker }).servers[0]?.rateLimitBreaker;

  test('has the defaults of gh-aw’s gateway, and is none where it is not given', () => {
    assert.deepEqual(breakerOf({}), { threshold: 3, cooldownMs: 60_000 });
    assert.deepEqual(breakerOf({ threshold: 1, cooldown: 0.5 }), { threshold: 1, cooldownMs: 500 });
    assert.equal(parse({}).servers[0]?.rateLimitBreaker, undefined);
  });

  test('is refused where it says nothing that makes sense', () => {
    assert.deepEqual(problemsOf({}, { rateLimitBreaker: { threshold: 2.5, cooldown: 0, treshold: 1 } }), [
      'unknown key mcpServers.s.rateLimitBreaker.treshold: did you mean threshold?',
      'mcpServers.s.rateLimitBreaker.cooldown: must be a number from 0.1 to 86400',
      'mcpServers.s.rateLimitBreaker.threshold: must be a whole number',
    ]);
  });
});

suite('responseFilters', () => {
  test('are programs by tool, with variables filled in', () => {
    const responseFilters = { get: '.a', list: `map("\${A}")` };
    const [server] = parse({}, { responseFilters }).servers;
    assert.deepEqual(server?.responseFilters, { get: '.a', list: 'map("x")' });
    assert.deepEqual(problemsOf({}, { responseFilters: { get: 1 } }), [
      'mcpServers.s.responseFilters: must be an object of texts',
    ]);
  });
});
