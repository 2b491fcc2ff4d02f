import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import { AgentSessions } from '../../../gateway/agent/agent-sessions.ts';
import { Health } from '../../../gateway/control/health.ts';
import { Activity } from '../../../gateway/status/activity.ts';
import { StatusReport } from '../../../gateway/status/status-report.ts';
import { StatusWatchers } from '../../../gateway/status/status-watchers.ts';
import { decision } from './status-events.ts';

/** Watchers of an activity, behind a real server that serves nothing else. */
class WatchedActivity implements AsyncDisposable {
  readonly activity = new Activity();
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  constructor(limits = { maxWatchers: 2, paceMs: 1, beatMs: 60_000 }) {
    const parts = { servers: [], agents: new AgentSessions([]), health: new Health([]), mode: undefined };
    const report = new StatusReport({ ...parts, activity: this.activity });
    const watchers = new StatusWatchers({ report, activity: this.activity, limits });
    this.#server = createServer((_, response) => {
      watchers
        .add(response, undefined)
        .catch(({ status, message }) => response.writeHead(status).end(message));
    });
  }

  /** A connection that has asked for events; what it gets is read only where it is. */
  async watch(): Promise<Socket> {
    if (!this.#server.listening) await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    this.#sockets.push(socket);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Reads until a text has come; all that has come. */
async function read(socket: Socket, text: string): Promise<string> {
  let all = '';
  for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    all += chunk;
    if (all.includes(text)) return all;
  }
  return all;
}

suite('those who watch the status page', () => {
  test('are sent the whole state at once, and again when something has happened', async () => {
    await using watched = new WatchedActivity();
    const socket = await watched.watch();
    assert.match(await read(socket, 'event: status'), /^HTTP\/1.1 200/);
    watched.activity.record(decision({ tool: 'something_new' }));
    assert.match(await read(socket, 'something_new'), /event: status\r?\ndata: \{"version"/);
  });

  test('are so many at most; when one has gone there is room for another', async () => {
    await using watched = new WatchedActivity();
    const [first, second] = [await watched.watch(), await watched.watch()];
    await Promise.all([first, second].map((each) => read(each, 'event: status')));
    assert.match(
      await read(await watched.watch(), 'open already'),
      /^HTTP\/1.1 503[\s\S]*2 pages are open already/,
    );
    first.destroy();
    for (;;) {
      const answer = await read(await watched.watch(), '\r\n\r\n');
      if (answer.startsWith('HTTP/1.1 200')) return;
    }
  });

  test('are dropped when they do not read', async () => {
    await using watched = new WatchedActivity({ maxWatchers: 1, paceMs: 1, beatMs: 5 });
    const slow = await watched.watch();
    const agent = new AgentSession('alice', [], '1');
    watched.activity.begun(agent);
    let calls = 0;
    const busy = setInterval(() => {
      for (let i = 0; i < 100; i++)
        watched.activity.record(decision({ tool: `${calls++}${'x'.repeat(250)}` }), agent);
    }, 1);
    // Its place is free only when it is gone.
    while (!(await read(await watched.watch(), '\r\n\r\n')).startsWith('HTTP/1.1 200'));
    clearInterval(busy);
    slow.on('error', () => undefined).resume();
    if (!slow.closed) await once(slow, 'close');
  });
});
