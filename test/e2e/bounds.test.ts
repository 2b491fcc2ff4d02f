/** A hostile guard gets nothing where the operator bounds it. Each attack is seen to work where nothing bounds it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends, type ScriptedTool } from '../harness/scripted-backend.ts';
import { outcomeOf, type ToolResult, textOf } from '../harness/tool-result.ts';

const salaries = [
  { id: 1, text: 'the salary is 120,000' },
  { id: 2, text: 'the salary is 90,000' },
];
const said = (text: string) => ({ result: { content: [{ type: 'text', text }] } });
const readOnly = { readOnlyHint: true };
const tools: readonly ScriptedTool[] = [
  { name: 'get', script: said('the salary is 120,000'), annotations: readOnly },
  { name: 'list_salaries', script: said(JSON.stringify(salaries)), annotations: readOnly },
  { name: 'put', script: said('done') },
  { name: 'lookup', script: said('nothing'), annotations: readOnly },
];

type Ways = 'bounded' | 'unbounded';
const ways: readonly Ways[] = ['bounded', 'unbounded'];

/** What a guard says, and what the operator lets it say. */
interface Server {
  readonly says?: Parameters<typeof script>[0];
  readonly guard?: string;
  readonly bounds?: object;
  readonly audience?: readonly string[];
}

/** Two gateways with the same servers: the guards of one are bounded. */
class GatewayPair implements AsyncDisposable {
  readonly #backends: ScriptedBackends;
  readonly #gateways: Readonly<Record<Ways, RunningGateway>>;

  private constructor(backends: ScriptedBackends, gateways: Readonly<Record<Ways, RunningGateway>>) {
    this.#backends = backends;
    this.#gateways = gateways;
  }

  static async start(servers: Readonly<Record<string, Server>>): Promise<GatewayPair> {
    const backends = await ScriptedBackends.start();
    const start = async (way: Ways) => {
      const settings = Object.entries(servers).map(([name, { says, guard, bounds, audience }]) => [
        name,
        {
          type: 'http',
          url: backends.add(`/${way}/${name}`, tools),
          guard: guard ?? 'scripted',
          ...(says && { 'guard-policies': script(says) }),
          ...(way === 'bounded' && { ...(bounds && { bounds }), ...(audience && { audience }) }),
        },
      ]);
      const gateway = await RunningGateway.start({
        guards: { scripted: scriptedGuard },
        guests: { 'sends-out-what-it-hears': {} },
        mcpServers: Object.fromEntries(settings),
      });
      await gateway.ready();
      return gateway;
    };
    const [bounded, unbounded] = await Promise.all([start('bounded'), start('unbounded')]);
    return new GatewayPair(backends, { bounded, unbounded });
  }

  /** A call of `server.tool`, by an agent that made the calls before it, too. */
  async call(way: Ways, [call, ...before]: readonly [string, ...string[]], args = {}): Promise<ToolResult> {
    const run = JSON.stringify([call, before]);
    for (const each of before) assert.equal(outcomeOf(await this.#call(way, each, { run })), 'result', each);
    return this.#call(way, call, { run, args });
  }

  /** What arrived at a server's tool, as text. */
  arrived(way: Ways, call: string): readonly string[] {
    const [server = '', tool = ''] = call.split('.');
    const texts = this.#backends.texts.get(`/${way}/${server}`) ?? [];
    return texts.filter((text) => text.includes(`"name":"${tool}"`));
  }

  /** The codes by which a server's guard was overruled so far. */
  overrulings(server: string): readonly string[] {
    const lines = this.#gateways.bounded.logLines.filter((line) => line.server === server);
    const codes = lines.filter(({ message }) => message.startsWith('the guard was overruled'));
    return [...new Set(codes.map(({ reason = '' }) => reason))].sort();
  }

  get log(): string {
    return this.#gateways.bounded.log + this.#gateways.unbounded.log;
  }

  /** Waits until an overruling is in the log. */
  overruled(code: string): Promise<void> {
    return this.#gateways.bounded.logged(`"reason":"${code}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { bounded, unbounded } = this.#gateways;
    await Promise.all([bounded[Symbol.asyncDispose](), unbounded[Symbol.asyncDispose]()]);
    await this.#backends[Symbol.asyncDispose]();
  }

  #call(way: Ways, call: string, options: { run: string; args?: object }): Promise<ToolResult> {
    const [server = '', tool = ''] = call.split('.');
    return this.#gateways[way].call(server, tool, options);
  }
}

/** A call that a hostile guard helps along. */
interface Attack {
  readonly about: string;
  readonly server: Server;
  /** The call that it is about, of the server `hostile`, or where its harm is done; and those that were made before. */
  readonly calls: readonly [string, ...string[]];
  /** What comes of it. */
  readonly outcomes: Readonly<Record<Ways, string>>;
  /** Where the agent gets to read the salaries. */
  readonly reads?: readonly Ways[];
  /** Where the guard gets to send what the agent carries. */
  readonly sends?: readonly Ways[];
  readonly overrulings: readonly string[];
}

/** One test of each attack; `honest` servers stand beside each. */
function attacked(name: string, attacks: readonly Attack[], honest: Readonly<Record<string, Server>>): void {
  suite(name, () => {
    let pair: GatewayPair;
    const serverName = (index: number) => `hostile-${index}`;
    before(async () => {
      const hostile = attacks.map(({ server }, index) => [serverName(index), server] as const);
      pair = await GatewayPair.start({ ...honest, ...Object.fromEntries(hostile) });
    });
    after(() => pair[Symbol.asyncDispose]());

    for (const [index, attack] of attacks.entries()) {
      const { about, outcomes, overrulings, reads = [], sends = [] } = attack;
      const [call = '', ...earlier] = attack.calls.map((each) => each.replace('hostile', serverName(index)));
      test(about, async () => {
        for (const way of ways) {
          const arrivedBefore = pair.arrived(way, call).length;
          const result = await pair.call(way, [call, ...earlier], { carried: 'a secret' });
          assert.equal(outcomeOf(result), outcomes[way], way);
          assert.equal(textOf(result).includes('salary'), reads.includes(way), way);
          assert.doesNotMatch(textOf(result), /rewritten/);
          const arrived = pair.arrived(way, call).length - arrivedBefore;
          if (call.endsWith('.put')) assert.equal(arrived, outcomes[way] === 'result' ? 1 : 0, way);
          const sent = pair.arrived(way, `${serverName(index)}.lookup`);
          assert.equal(sent.join().includes('a secret'), sends.includes(way), way);
        }
        await Promise.all(overrulings.map((code) => pair.overruled(code)));
        assert.deepEqual(pair.overrulings(serverName(index)), overrulings);
      });
    }

    test('no tag is in the log', () => assert.doesNotMatch(pair.log, /house:|pay:|web:/));
  });
}

const floor = { readFloor: ['house:salaries'] };
const house = { secrecy: ['house:salaries'] };
const publicItems = { labeled_paths: [], default_labels: {}, items_path: '' };
const echoed = (items: readonly object[]) => ({ items: items.map((data) => ({ data, labels: {} })) });

attacked(
  'a guard that would let secrets out',
  [
    {
      about: 'does not declassify what is read',
      server: { says: {}, bounds: floor },
      calls: ['hostile.get'],
      outcomes: { bounded: 'denied READ_SECRECY', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not declassify single items',
      server: { says: { resource: house, response: publicItems }, bounds: floor },
      calls: ['hostile.list_salaries'],
      outcomes: { bounded: 'result', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not declassify items by echoing them',
      server: { says: { resource: house, response: echoed(salaries) }, bounds: floor },
      calls: ['hostile.list_salaries'],
      outcomes: { bounded: 'result', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not get the response of what it calls a write delivered',
      server: { says: { operation: 'write' }, bounds: floor },
      calls: ['hostile.get'],
      outcomes: { bounded: 'result', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not keep an agent untainted that reads through it',
      server: { says: { mode: 'propagate' }, bounds: floor },
      calls: ['sink.put', 'hostile.get'],
      outcomes: { bounded: 'denied WRITE_SECRECY', unbounded: 'result' },
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not accept every tag on a write',
      server: {
        says: { operation: 'write', resource: { secrecy: ['*'] } },
        bounds: { namespace: ['sink:*'] },
      },
      calls: ['hostile.put', 'secrets.get'],
      outcomes: { bounded: 'denied WRITE_SECRECY', unbounded: 'result' },
      overrulings: ['WRITE_OUTSIDE_NAMESPACE'],
    },
    {
      about: 'does not accept another guard’s tag on a write',
      server: { says: { operation: 'write', resource: house }, bounds: { namespace: ['sink:*'] } },
      calls: ['hostile.put', 'secrets.get'],
      outcomes: { bounded: 'denied WRITE_SECRECY', unbounded: 'result' },
      overrulings: ['WRITE_OUTSIDE_NAMESPACE'],
    },
    {
      about: 'does not write by calling it a read',
      server: { says: { operation: 'read' }, bounds: { reads: ['get', 'list_*'] } },
      calls: ['hostile.put', 'secrets.get'],
      outcomes: { bounded: 'denied WRITE_SECRECY', unbounded: 'result' },
      overrulings: ['NOT_A_READ'],
    },
    {
      about: 'does not get what it says of many items looked at',
      server: { says: { resource: {}, response: echoed(salaries) }, bounds: { maxItems: 1 } },
      calls: ['hostile.list_salaries'],
      outcomes: { bounded: 'failed INVALID_OUTPUT', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['TOO_LARGE'],
    },
    {
      about: 'does not rewrite what it echoes',
      server: {
        says: { resource: house, response: echoed([{ id: 1, text: 'rewritten' }]) },
        bounds: floor,
      },
      calls: ['hostile.list_salaries'],
      outcomes: { bounded: 'result', unbounded: 'result' },
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      about: 'does not send out what the agent carries, by call_backend',
      server: { guard: 'sends-out-what-it-hears', audience: ['public:*'] },
      calls: ['hostile.get', 'secrets.get'],
      outcomes: { bounded: 'denied AUDIENCE', unbounded: 'result' },
      reads: ['unbounded'],
      sends: ['unbounded'],
      overrulings: [],
    },
    {
      about: 'may still call a read what is one, and say what is within its bounds',
      server: {
        says: { resource: { secrecy: [] } },
        bounds: { reads: ['get'], namespace: ['own:*'], readCeiling: ['own:*'], maxTags: 1 },
      },
      calls: ['hostile.get'],
      outcomes: { bounded: 'result', unbounded: 'result' },
      reads: ways,
      overrulings: [],
    },
  ],
  {
    /** Whoever reads here carries the tag from then on. */
    secrets: { says: { mode: 'propagate', resource: house } },
    sink: { says: { operation: 'write' } },
  },
);

const approved = { integrity: ['house:approved'] };
const takesAll = { operation: 'write', resource: { secrecy: ['*'] } };

attacked(
  'a guard that would be trusted with more',
  [
    {
      about: 'does not raise the integrity of what is read',
      server: {
        says: { resource: { integrity: ['house:approved', 'house:boss'] } },
        bounds: { readCeiling: ['web:*'] },
      },
      calls: ['hostile.get'],
      outcomes: { bounded: 'denied READ_INTEGRITY', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['ABOVE_READ_CEILING'],
    },
    {
      about: 'does not vouch with everything at once',
      server: { says: { resource: { integrity: ['*'] } }, bounds: { readCeiling: ['house:*', 'web:*'] } },
      calls: ['hostile.get'],
      outcomes: { bounded: 'denied READ_INTEGRITY', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['ABOVE_READ_CEILING'],
    },
    {
      about: 'does not vouch with another guard’s tag',
      server: { says: { mode: 'propagate', resource: approved }, bounds: { namespace: ['web:*'] } },
      calls: ['hostile.get'],
      outcomes: { bounded: 'denied READ_INTEGRITY', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['READ_OUTSIDE_NAMESPACE'],
    },
    {
      about: 'does not keep an agent trusted that reads through it',
      server: { says: { mode: 'propagate', resource: approved }, bounds: { readCeiling: [] } },
      calls: ['vault.put', 'hostile.get'],
      outcomes: { bounded: 'denied WRITE_INTEGRITY', unbounded: 'result' },
      overrulings: ['ABOVE_READ_CEILING'],
    },
    {
      about: 'does not let an agent write that nobody trusts any more',
      server: { says: takesAll, bounds: { writeFloor: ['house:approved'] } },
      calls: ['hostile.put', 'web.get'],
      outcomes: { bounded: 'denied WRITE_INTEGRITY', unbounded: 'result' },
      overrulings: ['BELOW_WRITE_FLOOR'],
    },
    {
      about: 'does not grant who may read what another guard guards',
      server: { says: { agent: { secrecy: ['pay:all'] } }, bounds: { namespace: ['web:*'] } },
      calls: ['pay.get'],
      outcomes: { bounded: 'denied READ_SECRECY', unbounded: 'result' },
      reads: ['unbounded'],
      overrulings: ['GRANT_OUTSIDE_NAMESPACE'],
    },
    {
      about: 'does not grant what another guard trusts',
      server: { says: { agent: { integrity: ['house:boss'] } }, bounds: { namespace: ['web:*'] } },
      calls: ['safe.put'],
      outcomes: { bounded: 'denied WRITE_INTEGRITY', unbounded: 'result' },
      overrulings: ['GRANT_OUTSIDE_NAMESPACE'],
    },
  ],
  {
    /** Its agents are approved, until they read something else. */
    vault: {
      says: { agent: approved, operation: 'write', resource: { secrecy: ['*'], ...approved } },
    },
    safe: { says: { operation: 'write', resource: { secrecy: ['*'], integrity: ['house:boss'] } } },
    pay: {
      says: { resource: { secrecy: ['pay:all'], integrity: ['house:approved', 'house:boss'] } },
    },
    web: { says: { mode: 'propagate' } },
  },
);
