import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StandingRequests } from '../../../gateway/backend/standing-requests.ts';

const level = (word: string) => ({ method: 'logging/setLevel', params: `{"level":"${word}"}` });
const subscribe = (uri: string) => ({ method: 'resources/subscribe', params: `{"uri":"${uri}"}` });
const unsubscribe = (uri: string) => ({ method: 'resources/unsubscribe', params: `{"uri":"${uri}"}` });

suite('what a client has asked of its session', () => {
  test('is the last level, and each resource that it has subscribed to and not let go', () => {
    const standing = new StandingRequests();
    for (const request of [level('info'), subscribe('a'), level('debug'), subscribe('b'), unsubscribe('a')])
      standing.note(request);
    standing.note({ method: 'tools/call', params: '{}' });
    assert.deepEqual([...standing.requests], [level('debug'), subscribe('b')]);
  });

  test('is bounded', () => {
    const standing = new StandingRequests();
    for (let n = 0; n < 2_000; n++) standing.note(subscribe(String(n)));
    assert.ok([...standing.requests].length <= 1_001);
  });
});
