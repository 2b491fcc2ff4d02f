import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OwnersByAgent } from '../../../gateway/aggregate/owners-by-agent.ts';

const alice = { principal: 'alice', run: '1' };
const names = ['a', 'b'];

suite('whose resources an agent has seen', () => {
  test('is known to that agent alone, as long as the servers are the same', () => {
    const known = new OwnersByAgent();
    known.of(alice, names).keep('b', 'uri', ['x:']);
    assert.equal(known.of(alice, names).ownerOf('x:'), 'b');
    assert.equal(known.of({ ...alice, run: '2' }, names).ownerOf('x:'), undefined);
    assert.equal(known.of({ ...alice, principal: 'bob' }, names).ownerOf('x:'), undefined);
    assert.equal(known.of(alice, ['b']).ownerOf('x:'), undefined);
  });

  test('is forgotten of the one that asked longest ago when there are too many', () => {
    const known = new OwnersByAgent();
    known.of(alice, names).keep('b', 'uri', ['x:']);
    for (let run = 0; run < 499; run++) known.of({ principal: 'bob', run: String(run) }, names);
    assert.equal(known.of(alice, names).ownerOf('x:'), 'b');
    for (let run = 0; run < 500; run++) known.of({ principal: 'eve', run: String(run) }, names);
    assert.equal(known.of(alice, names).ownerOf('x:'), undefined);
  });
});
