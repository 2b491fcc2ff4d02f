import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { matchesTemplate } from '../../../gateway/aggregate/uri-template.ts';

suite('a URI template', () => {
  for (const [template, uri, isMatch] of [
    ['x://a', 'x://a', true],
    ['x://a', 'x://ab', false],
    ['x://{id}', 'x://1', true],
    ['x://{id}', 'x://1/2', false],
    ['x://{+path}', 'x://1/2', true],
    ['x://{id}', 'y://1', false],
    ['x://{a}/{b}.txt', 'x://1/2.txt', true],
    ['x://{a}/{b}.txt', 'x://1/2.txt.txt', true],
    ['x://{a}/{b}.txt', 'x://1/2.md', false],
    ['x://{a}/{b}', 'x://1', false],
    ['x://{a}{?q}', 'x://1?q=2', true],
    ['x://{a}-end', 'x://-en', false],
    ['', '', true],
    ['', 'x', false],
  ] as const) {
    test(`${JSON.stringify(template)} ${isMatch ? 'gives' : 'does not give'} ${JSON.stringify(uri)}`, () =>
      assert.equal(matchesTemplate(uri, template), isMatch));
  }

  test('takes no URI that is long enough to take long', () => {
    assert.equal(matchesTemplate(`x://${'a'.repeat(8_189)}`, 'x://{id}'), false);
  });
});
