/** Something to see on the status page: servers with guards, and an agent that is tainted and then denied. */
import { join } from 'node:path';
import { nodeServer, script, scriptedGuard } from './gateway-parts.ts';
import type { GatewaySetup, RunningGateway } from './running-gateway.ts';
import { callTool } from './tool-result.ts';

const toldServer = join(import.meta.dirname, 'told-server.ts');

/** A server with one tool, guarded by a script. */
export function scriptedServer(tool: string, lines: Parameters<typeof script>[0], more: object = {}): object {
  const server = nodeServer(toldServer, JSON.stringify({ tools: [{ name: tool }] }));
  return { ...server, guard: 'scripted', 'guard-policies': script(lines), ...more };
}

const team = { agent: { integrity: ['team:reviewed'] }, mode: 'propagate' };
const items = { labeled_paths: [{ path: '/1', labels: { secrecy: ['board'] } }], items_path: '' };

/** The gateway of the scene, in which the agents of one principal may use a privilege. */
export function sceneFor(principal: string): GatewaySetup {
  const reviewed = { resource: { integrity: ['team:reviewed'] }, ...team };
  const after = { server: 'desk', tool: 'ask_release', arguments: {} };
  const release = {
    name: 'salaries-released',
    principals: [principal],
    after,
    secrecy: { drop: ['hr:salaries'] },
  };
  return {
    gateway: { privileges: [release] },
    guards: { scripted: scriptedGuard },
    mcpServers: {
      handbook: scriptedServer('read_page', reviewed),
      payroll: scriptedServer('read_salaries', {
        ...team,
        resource: { secrecy: ['hr:salaries'], integrity: ['team:reviewed'] },
      }),
      tickets: scriptedServer('read_ticket', { ...team, resource: { secrecy: ['customers'] } }),
      minutes: scriptedServer('list_minutes', { ...reviewed, mode: 'filter', response: items }),
      desk: scriptedServer('ask_release', reviewed),
      outbox: scriptedServer(
        'post',
        { ...team, operation: 'write', resource: { secrecy: ['*'] } },
        { audience: ['customers'] },
      ),
      deploys: scriptedServer('deploy', {
        ...team,
        operation: 'write',
        resource: { secrecy: ['*'], integrity: ['team:reviewed'] },
      }),
    },
  };
}

/** A response with two items. */
export const twoItems = {
  lines: [
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"[{\\"a\\":1},{\\"a\\":2}]"}]}}',
  ],
  isSilent: true,
};

/** An agent's day: it reads, is tainted, denied, released, tainted again, and denied something else. */
export async function playScene(gateway: RunningGateway, who: { run: string; key?: string }): Promise<void> {
  const steps: readonly (readonly [server: string, tool: string, args?: object])[] = [
    ...Array.from({ length: 4 }, () => ['handbook', 'read_page'] as const),
    ['outbox', 'post'],
    ['minutes', 'list_minutes', twoItems],
    ['deploys', 'deploy'],
    ['payroll', 'read_salaries'],
    ['handbook', 'read_page'],
    ['outbox', 'post'],
    ['outbox', 'post'],
    ['desk', 'ask_release'],
    ['outbox', 'post'],
    ['tickets', 'read_ticket'],
    ['deploys', 'deploy'],
    ['outbox', 'post'],
  ];
  const servers = [...new Set(steps.map(([server]) => server))];
  const clients = new Map(
    await Promise.all(servers.map(async (server) => [server, await gateway.connect(server, who)] as const)),
  );
  for (const [server, tool, args = {}] of steps) {
    const client = clients.get(server);
    if (client !== undefined) await callTool(client, tool, args);
  }
}
