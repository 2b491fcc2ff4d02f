import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { parseConfig } from '../../../gateway/config.ts';

const after = { server: 'approvals', tool: 'ask' };
const rule = { name: 'r', principals: ['anonymous'], after, secrecy: { drop: ['house'] } };
const mcpServers = {
  approvals: { type: 'http', url: 'https://approvals.example/mcp', tools: ['ask', 'tell'] },
};

function parse(privileges: unknown) {
  return parseConfig(JSON.stringify({ gateway: { privileges }, mcpServers }), {
    folder: '/',
    env: { TAG: 't' },
  });
}

function problemsOf(privileges: unknown): readonly string[] {
  try {
    parse(privileges);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

suite('the rules of privileges', () => {
  test('are none where none are configured', () => {
    assert.deepEqual(parseConfig(JSON.stringify({ mcpServers }), { folder: '/', env: {} }).privileges, []);
  });

  test('are read with what they leave open', () => {
    const full = {
      ...rule,
      name: 'full',
      after: {
        ...after,
        arguments: { why: `\${TAG}` },
        result: { '/content/0/text': 'yes' },
        clientAnswers: true,
      },
      integrity: { add: ['vouched'] },
      uses: 3,
      seconds: 60,
    };
    assert.deepEqual(parse([rule, full]).privileges, [
      {
        name: 'r',
        principals: ['anonymous'],
        server: 'approvals',
        tool: 'ask',
        args: {},
        result: [],
        clientAnswers: false,
        drop: ['house'],
        add: [],
        uses: undefined,
        durationMs: undefined,
      },
      {
        name: 'full',
        principals: ['anonymous'],
        server: 'approvals',
        tool: 'ask',
        args: { why: 't' },
        result: [{ pointer: '/content/0/text', value: 'yes' }],
        clientAnswers: true,
        drop: ['house'],
        add: ['vouched'],
        uses: 3,
        durationMs: 60_000,
      },
    ]);
  });

  const r = 'gateway.privileges[0]';
  for (const [broken, ...problems] of [
    [{}, 'gateway.privileges: must be a list of rules'],
    [['x'], `${r}: must be an object`],
    [
      [{}],
      `${r}.name: is missing: the audit trail calls the rule by it`,
      `${r}.principals: is missing: name those whose agents may use it`,
      `${r}.after: is missing: name the server and the tool that approve`,
      `${r}.secrecy: is missing: name the tags to drop, or those to add under integrity`,
    ],
    [
      [{ ...rule, who: 1 }],
      `unknown key ${r}.who: known keys are name, principals, after, secrecy, integrity, uses, seconds`,
    ],
    [
      [{ ...rule, name: 'a b' }],
      `${r}.name: must have 1 to 64 letters, digits, dots, hyphens and underscores`,
    ],
    [[{ ...rule, principals: [] }], `${r}.principals: is empty: name those whose agents may use it`],
    [
      [{ ...rule, principals: ['alice'] }],
      `${r}.principals: nobody can be "alice": configure gateway.keys, or leave it out`,
    ],
    [
      [{ ...rule, principals: ['*'] }],
      `${r}.principals: nobody can be "*": configure gateway.keys, or leave it out`,
    ],
    [[{ ...rule, secrecy: { drop: [] } }], `${r}.secrecy.drop: name the tags to drop`],
    [[{ ...rule, secrecy: {} }], `${r}.secrecy.drop: name the tags to drop`],
    [
      [{ ...rule, secrecy: { drop: ['house*'] } }],
      `${r}.secrecy.drop: must name each tag: a pattern would cover what nobody has thought of`,
    ],
    [
      [{ ...rule, integrity: { add: ['*'] } }],
      `${r}.integrity.add: must name each tag: a pattern would cover what nobody has thought of`,
    ],
    [
      [{ ...rule, secrecy: { add: ['x'] } }],
      `unknown key ${r}.secrecy.add: known keys are drop`,
      `${r}.secrecy.drop: name the tags to drop`,
    ],
    [[{ ...rule, after: { tool: 'ask' } }], `${r}.after.server: is missing: name the server that approves`],
    [
      [{ ...rule, after: { server: 'approvals' } }],
      `${r}.after.tool: is missing: name the tool that approves`,
    ],
    [
      [{ ...rule, after: { ...after, arguments: [] } }],
      `${r}.after.arguments: must be an object: the only arguments that the tool may be called with`,
    ],
    [
      [{ ...rule, after: { ...after, result: { approved: true } } }],
      `${r}.after.result: "approved" is no JSON pointer, such as /structuredContent/approved`,
    ],
    [
      [{ ...rule, after: { ...after, result: { '/a': null } } }],
      `${r}.after.result: the value at /a must be a text, a whole number, true or false`,
    ],
    [
      [{ ...rule, after: { ...after, server: 'other' } }],
      'gateway.privileges: r: no server "other" is configured in mcpServers',
    ],
    [
      [{ ...rule, after: { ...after, tool: 'sing' } }],
      'gateway.privileges: r: the tools of approvals do not hold "sing"',
    ],
    [[rule, rule], 'gateway.privileges: two rules are named r: give each a name of its own'],
    [[{ ...rule, uses: 0 }], `${r}.uses: must be a whole number from 1 to 1000000`],
    [[{ ...rule, seconds: 0 }], `${r}.seconds: must be a number from 1 to 86400`],
  ] as const) {
    test(`are refused: ${problems[0]}`, () => assert.deepEqual(problemsOf(broken), problems));
  }
});
