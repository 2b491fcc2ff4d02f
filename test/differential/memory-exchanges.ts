// The conversation with server-memory: a small graph is made, read, changed and taken apart.

import { ask, type Exchange, tell, toolCall } from './exchange.ts';

const ada =
  '{"name":"Ada","entityType":"person","observations":["wrote \\u201cnotes\\u201d","\\ud83d\\ude00"]}';
const uri = '{"uri":"memory://knowledge-graph"}';
const isUpdated = { hears: { 'notifications/resources/updated': 1 } };

/** In this order: what a tool does is seen by what comes after it. */
export const memoryExchanges: readonly Exchange[] = [
  ask(
    'initialize',
    '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"differential","version":"1"}}',
    { name: 'initialize' },
  ),
  tell('notifications/initialized'),
  ask('tools/list'),
  ask('resources/list'),
  ask('resources/templates/list'),
  ask('resources/read', uri, { name: 'the empty graph' }),
  toolCall(
    'create_entities',
    `{"entities":[${ada},{"name":"Engine","entityType":"machine","observations":[]}]}`,
  ),
  ask('resources/subscribe', uri),
  toolCall(
    'create_relations',
    '{"relations":[{"from":"Ada","to":"Engine","relationType":"programs"}]}',
    isUpdated,
  ),
  toolCall('add_observations', '{"observations":[{"entityName":"Ada","contents":["born 1815"]}]}', isUpdated),
  toolCall('add_observations', '{"observations":[{"entityName":"Nobody","contents":["-"]}]}'),
  toolCall('create_entities', '{"entities":[{"name":"Half"}]}'),
  toolCall('read_graph', '{}'),
  toolCall('search_nodes', '{"query":"1815"}'),
  toolCall('search_nodes', '{}'),
  toolCall('open_nodes', '{"names":["Ada","Nobody"]}'),
  ask('resources/read', uri, { name: 'the full graph' }),
  ask('resources/read', '{"uri":"memory://elsewhere"}'),
  toolCall(
    'delete_observations',
    '{"deletions":[{"entityName":"Ada","observations":["born 1815"]}]}',
    isUpdated,
  ),
  toolCall(
    'delete_relations',
    '{"relations":[{"from":"Ada","to":"Engine","relationType":"programs"}]}',
    isUpdated,
  ),
  ask('resources/unsubscribe', uri),
  toolCall('delete_entities', '{"entityNames":["Ada","Engine"]}'),
  { ...toolCall('read_graph', '{}'), name: 'the graph at the end' },
  { ...toolCall('no_such_tool', '{}'), isUnknownTool: true },
  ask('prompts/list'),
  ask(
    'completion/complete',
    '{"ref":{"type":"ref/prompt","name":"none"},"argument":{"name":"a","value":""}}',
  ),
  ask('logging/setLevel', '{"level":"debug"}'),
  ask('ping', '{"_meta":{"progressToken":1}}'),
];
