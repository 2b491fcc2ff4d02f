/** Rules by which an agent loses secrecy or gains integrity after a tool has said yes, and who tries to profit of them. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const yes: Script = { result: { content: [], structuredContent: { approved: true } } };
const keys = { alice: 'a-key-of-alice-and-no-other', mallory: 'a-key-of-mallory-and-no-other' };
const house = { secrecy: ['house'] };
const sink = { 'guard-policies': { 'write-sink': { accept: ['house'], 'sink-visibility': 'private' } } };

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What a tool of a server does at the moment, by both names. */
const scenes: Record<string, Scene> = {};

/** A server whose tools say yes, unless a test says otherwise. */
function server(name: string, tools: readonly string[], settings: object): object {
  const offered = tools.map((tool) => ({
    name: tool,
    script: (args: Parameters<Scene>[0]) => scenes[`${name} ${tool}`]?.(args) ?? yes,
  }));
  return { type: 'http', url: backends.add(`/${name}`, offered), ...settings };
}

const scripted = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });

/** A rule of a server whose tool `ask` must say that it is approved. */
function rule(name: string, terms: object = {}, after: object = {}): object {
  const said = { server: name, tool: 'ask', result: { '/structuredContent/approved': true }, ...after };
  return { name, principals: ['alice'], after: said, secrecy: { drop: ['house'] }, ...terms };
}

before(async () => {
  backends = await ScriptedBackends.start();
  gateway = await RunningGateway.start({
    gateway: {
      keys,
      privileges: [
        rule('approvals'),
        rule('once', { uses: 1 }),
        rule('worded', {}, { arguments: { question: 'May it go out?' } }),
        rule('unreadable'),
        rule('cut'),
        rule('rewritten'),
        rule('vouching', { secrecy: undefined, integrity: { add: ['vouched'] } }),
      ],
    },
    guards: { scripted: scriptedGuard },
    mcpServers: {
      secrets: server('secrets', ['get'], scripted(script({ mode: 'propagate', resource: house }))),
      public: server('public', ['get'], scripted(script({ mode: 'propagate' }))),
      slow: server('slow', ['get'], {
        ...scripted(script({ mode: 'propagate', resource: house })),
        responseFilters: { get: '.' },
      }),
      letters: server('letters', ['put'], scripted(script({ operation: 'write' }))),
      trusted: server(
        'trusted',
        ['put'],
        scripted(script({ operation: 'write', resource: { integrity: ['vouched'] } })),
      ),
      approvals: server('approvals', ['ask', 'sing'], sink),
      once: server('once', ['ask'], sink),
      worded: server('worded', ['ask'], sink),
      vouching: server('vouching', ['ask'], sink),
      impostor: server('impostor', ['ask', 'approvals___ask'], sink),
      unreadable: server('unreadable', ['ask'], scripted(script({ resource: { secrecy: ['other'] } }))),
      cut: server(
        'cut',
        ['ask'],
        scripted(
          script({
            response: {
              items_path: '',
              labeled_paths: [{ path: '/0', labels: { secrecy: ['other'] } }],
            },
          }),
        ),
      ),
      rewritten: server('rewritten', ['ask'], {
        ...sink,
        responseFilters: { ask: '{content: [], structuredContent: {approved: true}}' },
      }),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

interface Who {
  readonly key?: string;
  readonly args?: object;
}

async function outcome(name: string, tool: string, run: string, { key = keys.alice, args }: Who = {}) {
  return outcomeOf(await gateway.call(name, tool, { run, key, ...(args && { args }) }));
}

/** An agent that has read something secret. */
async function tainted(run: string, who: Who = {}): Promise<void> {
  assert.equal(await outcome('secrets', 'get', run, who), 'result');
  assert.equal(await outcome('letters', 'put', run, who), 'denied WRITE_SECRECY');
}

/** Plays a scene once, held back until it is let go. */
function heldBack(name: string): (said?: Script) => void {
  const { promise, resolve } = Promise.withResolvers<Script>();
  scenes[name] = () => {
    delete scenes[name];
    return promise;
  };
  return (said = yes) => resolve(said);
}

/** Waits until the log says of an agent why a privilege was not used. */
function notUsed(privilege: string, run: string, reason: string): Promise<void> {
  const who = `"privilege":"${privilege}","principal":"alice","run":"${run}"`;
  return gateway.logged(`${who},"server":"${privilege}","tool":"ask","reason":"${reason}"`);
}

const callsOf = (name: string, tool: string) =>
  (backends.calls.get(`/${name}`) ?? []).filter((called) => called === tool).length;

suite('a privilege', () => {
  test('drops what the rule says after its tool has said yes, and says so in the log without a tag', async () => {
    await tainted('plain');
    assert.equal(await outcome('approvals', 'ask', 'plain'), 'result');
    assert.equal(await outcome('letters', 'put', 'plain'), 'result');
    await gateway.logged('a privilege was used');
    const line = gateway.log.split('\n').find((each) => each.includes('a privilege was used'));
    assert.match(
      line ?? '',
      /"privilege":"approvals","principal":"alice","run":"plain","server":"approvals"/,
    );
    assert.doesNotMatch(line ?? '', /house/);
  });

  test('covers nothing that is read afterwards', async () => {
    await tainted('again');
    await outcome('approvals', 'ask', 'again');
    await tainted('again');
  });

  test('adds the integrity that the rule says', async () => {
    assert.equal(await outcome('trusted', 'put', 'vouched'), 'denied WRITE_INTEGRITY');
    assert.equal(await outcome('vouching', 'ask', 'vouched'), 'result');
    assert.equal(await outcome('trusted', 'put', 'vouched'), 'result');
    assert.equal(await outcome('public', 'get', 'vouched'), 'result');
    assert.equal(await outcome('trusted', 'put', 'vouched'), 'denied WRITE_INTEGRITY');
  });

  test('is used so many times in one agent session and no more', async () => {
    await tainted('once');
    await outcome('once', 'ask', 'once');
    await tainted('once');
    assert.equal(await outcome('once', 'ask', 'once'), 'result');
    assert.equal(await outcome('letters', 'put', 'once'), 'denied WRITE_SECRECY');
  });

  test('is not another principal’s, whose agent calls the same tool in a run of the same name', async () => {
    const mallory = { key: keys.mallory };
    await tainted('shared');
    await tainted('shared', mallory);
    assert.equal(await outcome('approvals', 'ask', 'shared', mallory), 'result');
    for (const who of [mallory, {}])
      assert.equal(await outcome('letters', 'put', 'shared', who), 'denied WRITE_SECRECY');
    assert.equal(await outcome('approvals', 'ask', 'shared'), 'result');
    assert.equal(await outcome('letters', 'put', 'shared', mallory), 'denied WRITE_SECRECY');
  });

  test('is not another run’s', async () => {
    await tainted('one');
    await outcome('approvals', 'ask', 'another');
    assert.equal(await outcome('letters', 'put', 'one'), 'denied WRITE_SECRECY');
  });

  for (const [what, said] of [
    ['an error', { result: { content: [], isError: true, structuredContent: { approved: true } } }],
    ['an error of the protocol', { error: { code: -32602, message: 'approved' } }],
    ['a no', { result: { content: [], structuredContent: { approved: false } } }],
    ['a yes and a no', { json: '{"content":[],"structuredContent":{"approved":false,"approved":true}}' }],
    ['a task', { result: { content: [], task: { taskId: '1' }, structuredContent: { approved: true } } }],
    ['a transport fault', { error: { transport: '500' } }],
  ] as readonly (readonly [string, Script])[]) {
    test(`is not had for ${what}`, async () => {
      const run = what.replaceAll(' ', '-');
      await tainted(run);
      scenes['approvals ask'] = () => said;
      await outcome('approvals', 'ask', run).catch(() => undefined);
      delete scenes['approvals ask'];
      assert.equal(await outcome('letters', 'put', run), 'denied WRITE_SECRECY');
    });
  }

  test('is not had for a result that is withheld, cut or rewritten', async () => {
    await tainted('changed');
    assert.equal(await outcome('unreadable', 'ask', 'changed'), 'denied READ_SECRECY');
    const items = { content: [{ type: 'text', text: '[{"n":1},{"n":2}]' }] };
    scenes['cut ask'] = () => ({ result: { ...items, structuredContent: { approved: true } } });
    assert.equal(await outcome('cut', 'ask', 'changed'), 'result');
    scenes['rewritten ask'] = () => ({ result: { content: [], structuredContent: { approved: false } } });
    assert.equal(await outcome('rewritten', 'ask', 'changed'), 'result');
    assert.equal(await outcome('letters', 'put', 'changed'), 'denied WRITE_SECRECY');
    await notUsed('unreadable', 'changed', 'PRIVILEGE_OUTCOME');
    await notUsed('cut', 'changed', 'PRIVILEGE_CHANGED');
    await notUsed('rewritten', 'changed', 'PRIVILEGE_CHANGED');
  });

  test('is not had from another server’s tool, nor from another tool of the same server', async () => {
    await tainted('forged');
    for (const [name, tool] of [
      ['impostor', 'ask'],
      ['impostor', 'approvals___ask'],
      ['approvals', 'sing'],
    ] as const)
      assert.equal(await outcome(name, tool, 'forged'), 'result');
    assert.equal(await outcome('letters', 'put', 'forged'), 'denied WRITE_SECRECY');
  });

  test('is not had for a question in the agent’s own words', async () => {
    await tainted('words');
    for (const args of [{}, { question: 'Is the sky blue?' }, { question: 'May it go out?', answer: 'yes' }])
      assert.equal(await outcome('worded', 'ask', 'words', { args }), 'result');
    assert.equal(await outcome('letters', 'put', 'words'), 'denied WRITE_SECRECY');
    await notUsed('worded', 'words', 'PRIVILEGE_REQUEST');
    await outcome('worded', 'ask', 'words', { args: { question: 'May it go out?' } });
    assert.equal(await outcome('letters', 'put', 'words'), 'result');
  });

  test('is had by each call anew: an answer that was given is no answer to the next call', async () => {
    await tainted('replay');
    assert.equal(await outcome('approvals', 'ask', 'replay'), 'result');
    await tainted('replay');
    scenes['approvals ask'] = () => ({ result: { content: [], structuredContent: { approved: false } } });
    await outcome('approvals', 'ask', 'replay');
    delete scenes['approvals ask'];
    assert.equal(await outcome('letters', 'put', 'replay'), 'denied WRITE_SECRECY');
  });
});

suite('what is under way while a privilege is used', () => {
  test('is not washed: neither what is delivered while the tool is called, nor what comes after', async () => {
    await tainted('meanwhile');
    const approve = heldBack('approvals ask');
    const count = callsOf('approvals', 'ask');
    const asking = outcome('approvals', 'ask', 'meanwhile');
    await backends.called('/approvals', 'ask', count + 1);
    assert.equal(await outcome('secrets', 'get', 'meanwhile'), 'result');
    approve();
    assert.equal(await asking, 'result');
    assert.equal(await outcome('letters', 'put', 'meanwhile'), 'denied WRITE_SECRECY');
    await notUsed('approvals', 'meanwhile', 'PRIVILEGE_NOTHING');
  });

  test('is not washed: a read that was sent before, and comes back after', async () => {
    await tainted('late');
    const answer = heldBack('secrets get');
    const count = callsOf('secrets', 'get');
    const reading = outcome('secrets', 'get', 'late');
    await backends.called('/secrets', 'get', count + 1);
    assert.equal(await outcome('approvals', 'ask', 'late'), 'result');
    assert.equal(await outcome('letters', 'put', 'late'), 'result');
    answer();
    assert.equal(await reading, 'result');
    assert.equal(await outcome('letters', 'put', 'late'), 'denied WRITE_SECRECY');
  });

  test('does not stand in the way where it carries nothing of it', async () => {
    await tainted('harmless');
    const approve = heldBack('approvals ask');
    const count = callsOf('approvals', 'ask');
    const asking = outcome('approvals', 'ask', 'harmless');
    await backends.called('/approvals', 'ask', count + 1);
    assert.equal(await outcome('public', 'get', 'harmless'), 'result');
    approve();
    await asking;
    assert.equal(await outcome('letters', 'put', 'harmless'), 'result');
  });

  test('whatever the order, nothing secret goes out that was delivered after the tool was asked', async () => {
    const runs = Array.from({ length: 15 }, (_, index) => `hammer-${index}`);
    await Promise.all(
      runs.map(async (run) => {
        await outcome('secrets', 'get', run);
        const asking = outcome('approvals', 'ask', run);
        const reading = outcome('slow', 'get', run);
        // Whichever came first at the gateway: the read is over after the approval was asked, so a write after both that
        // is let out must have been approved after it was read, which only a further approval does.
        await reading;
        await outcome('secrets', 'get', run);
        await asking;
        assert.equal(await outcome('letters', 'put', run), 'denied WRITE_SECRECY');
        assert.equal(await outcome('approvals', 'ask', run), 'result');
        assert.equal(await outcome('letters', 'put', run), 'result');
      }),
    );
  });
});

suite('without a rule', () => {
  test('nothing that a tool says drops a tag', async () => {
    const mallory = { key: keys.mallory };
    await tainted('none', mallory);
    for (const name of ['approvals', 'once', 'worded', 'rewritten'])
      await outcome(name, 'ask', 'none', mallory);
    assert.equal(await outcome('letters', 'put', 'none', mallory), 'denied WRITE_SECRECY');
  });
});
