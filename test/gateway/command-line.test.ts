import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCommandLine } from '../../gateway/command-line.ts';

const usage =
  'usage: sluice-gateway --config FILE | --config-stdin [--listen HOST:PORT] [--stdio [--server NAME]] [--ext-mcp-listen unix:/path|HOST:PORT] [--log-level debug|info|warn|error] [--log-format json|text] [--log-payloads], or sluice-gateway check FILE, or sluice-gateway explain --config FILE --server NAME --tool NAME [--args JSON], or sluice-gateway audit verify FILE..., or sluice-gateway audit report FILE...';

suite('the command line', () => {
  test('names a file, or standard input', () => {
    assert.deepEqual(parseCommandLine(['--config', 'a.toml']).source, { kind: 'file', path: 'a.toml' });
    assert.deepEqual(parseCommandLine(['-c', 'a.toml']).source, { kind: 'file', path: 'a.toml' });
    assert.deepEqual(parseCommandLine(['--config-stdin']).source, { kind: 'stdin' });
  });

  test('checks a file', () => {
    const { command, source } = parseCommandLine(['check', 'sluice.json', '--env', 'x.env']);
    assert.deepEqual([command, source], ['check', { kind: 'file', path: 'sluice.json' }]);
  });

  test('explains a call', () => {
    const args = ['explain', '-c', 'a.toml', '--server', 's', '--tool', 't', '--backend-reads', '--json'];
    const { command, source, flags } = parseCommandLine(args);
    assert.deepEqual([command, source], ['explain', { kind: 'file', path: 'a.toml' }]);
    assert.deepEqual([flags.get('server'), flags.get('tool')], ['s', 't']);
    assert.ok(flags.has('backend-reads') && flags.has('json'));
  });

  test('takes the flags of gh-aw’s gateway, in all of their forms', () => {
    const args = [
      '--config-stdin',
      '-l',
      ':80',
      '--unified=true',
      '--routed=false',
      '-vvv',
      '--guards-mode=filter',
    ];
    const { flags } = parseCommandLine([...args, '--allowonly-scope-public', '--payload-dir', '/p']);
    assert.deepEqual(Object.fromEntries(flags), {
      'config-stdin': '',
      listen: ':80',
      unified: '',
      verbose: '',
      'guards-mode': 'filter',
      'allowonly-scope-public': '',
      'payload-dir': '/p',
    });
  });

  const refusals: readonly (readonly [args: readonly string[], sentence: string])[] = [
    [[], usage],
    [['--confg', 'x'], 'unknown option --confg: did you mean --config?'],
    [['--anything-else'], `unknown option --anything-else: ${usage}`],
    [['-x'], `unknown option -x: ${usage}`],
    [['--config'], '--config: needs a value'],
    [['--config', 'a', '--config', 'b'], '--config: stands twice: write it once'],
    [['--config', 'a', '--config-stdin'], '--config-stdin: write either it or --config'],
    [['--config', 'a', '--routed', '--unified'], '--unified: write either it or --routed'],
    [['--config-stdin', '--stdio'], '--config-stdin: write either it or --stdio'],
    [['--config', 'a', '--server', 'b'], '--server is for --stdio: over HTTP servers have routes'],
    [['--unified=perhaps'], '--unified: is a switch and takes no value'],
    [['check'], `check takes one file: ${usage}`],
    [['check', 'a', 'b'], `check takes one file: ${usage}`],
    [['check', 'a', '--config', 'b'], `check takes one file: ${usage}`],
    [['--config', 'a', '--tool', 't'], `--tool is for explain: ${usage}`],
    [['check', 'a', '--json'], `--json is for explain: ${usage}`],
    [['explain', '--server', 's', '--tool', 't'], usage],
    [
      ['explain', '--config', 'a', '--as', 'secrecy:a', 'integrity:b'],
      'explain takes no word integrity:b: what belongs to a flag stands in one pair of quotes',
    ],
    [['serve'], `unknown command serve: ${usage}`],
    [
      ['proxy'],
      'the sub-command proxy is not supported: put the GitHub MCP server behind the gateway, in mcpServers',
    ],
    [
      ['completion', 'bash'],
      'the sub-command completion is not supported: there are no completions for shells',
    ],
    [
      ['--hmac-secret', 's'],
      '--hmac-secret: signed requests are not supported: use keys or client certificates (--tls-ca)',
    ],
    [['--url-domain-audit'], '--url-domain-audit: the audit of domains is not supported: leave it out'],
    [['--log-dir=/tmp'], '--log-dir: the log goes to standard error: redirect it'],
    [
      ['--wasm-cache-dir', '/tmp'],
      '--wasm-cache-dir: guards are compiled in memory, within milliseconds: leave it out',
    ],
    [
      ['--guards-sink-server-ids', 'a'],
      '--guards-sink-server-ids: the log never holds the tags of agents: leave it out',
    ],
  ];
  for (const [args, sentence] of refusals) {
    test(`is refused: ${args.join(' ') || 'nothing'}`, () => {
      assert.throws(() => parseCommandLine(args), new Error(sentence));
    });
  }
});
