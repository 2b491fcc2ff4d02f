import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aggregatedName, nameParts, prefixProblem } from '../../../gateway/aggregate/aggregated-name.ts';
import { aggregatedNameProblems } from '../../../gateway/config/aggregated-names.ts';

suite('a name on the aggregated route', () => {
  for (const [separator, server, own] of [
    ['___', 'a', 'x'],
    ['___', 'a', '___x'],
    ['___', 'a', '_x'],
    ['___', 'a__b', 'x___y'],
    ['-', 'a', ''],
  ] as const) {
    test(`${server}${separator}${own} is the server’s and its own`, () => {
      assert.equal(prefixProblem(server, separator), undefined);
      assert.deepEqual(nameParts(aggregatedName({ server, own }, separator), separator), { server, own });
    });
  }

  test('is no one’s without a separator', () => assert.equal(nameParts('a__x', '___'), undefined));
});

suite('a server cannot be on the aggregated route', () => {
  const problems = (name: string, separator = '___', tools?: string[]) =>
    aggregatedNameProblems([{ name, tools }], separator);

  for (const [name, separator, problem] of [
    [
      'a___b',
      '___',
      /^mcpServers\.a___b: the separator "___" .* give the server another name, or set gateway\.separator$/,
    ],
    ['a_', '___', /^mcpServers\.a_: the separator "___" .* nor begin with its end/],
    ['my-files', '-', /^mcpServers\.my-files: the separator "-"/],
    [
      'my.files',
      '___',
      /^mcpServers\["my\.files"\]: .* other characters than letters, digits, hyphens and underscores/,
    ],
    ['n'.repeat(61), '___', /would be longer than 64 characters: give the server a shorter name$/],
  ] as const) {
    test(`with the name ${name} and the separator ${separator}`, () => {
      const [said = '', ...others] = problems(name, separator);
      assert.match(said, problem);
      assert.deepEqual(others, []);
    });
  }

  test('with a tool whose name there is known to be too long', () => {
    assert.deepEqual(problems('n'.repeat(30), '___', ['t'.repeat(31), 't'.repeat(32)]), [
      `mcpServers.${'n'.repeat(30)}: the name of its tool "${'t'.repeat(32)}" on /mcp would be longer than 64 characters: give the server a shorter name`,
    ]);
  });
});
