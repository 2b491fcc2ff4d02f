// The conversation with server-everything: each of its tools with arguments that fit and with others, and the rest of MCP.

import { ask, type Exchange, tell, toolCall } from './exchange.ts';
import {
  elicitationId,
  randomLevel,
  sessionId,
  taskId,
  taskTimes,
  timeOfDay,
  timeOfDayInBlob,
} from './masks.ts';

const capabilities = '{"roots":{"listChanged":true},"sampling":{},"elicitation":{"form":{},"url":{}}}';

/** Spelled as no serializer would, so that who parses and writes again is found out; the last is beyond 2^53. */
const spelled =
  '{"message":"\\u00e9 \\/ \\ud83d\\ude00 \\u2028 \\t", "more" : [1.50, 1e2, 9007199254740993]}';

const toolsChanged = 'notifications/tools/list_changed';
/**
 * Five tools depend on what the client can do, and each is announced at once. Over HTTP that is before anybody can listen, and MCP
 * promises nothing.
 */
const announcements = {
  stdio: { hears: { [toolsChanged]: 5 }, mayHear: [] },
  http: { hears: {}, mayHear: [toolsChanged] },
};

function opening(transport: 'stdio' | 'http'): readonly Exchange[] {
  const { hears, mayHear } = announcements[transport];
  return [
    ask(
      'initialize',
      `{"protocolVersion":"2025-11-25","capabilities":${capabilities},"clientInfo":{"name":"differential","version":"1"}}`,
      { name: 'initialize' },
    ),
    // The server asks for roots a moment after it was told, and then says that it has them.
    tell('notifications/initialized', {
      hears: { ...hears, 'roots/list': 1, 'notifications/message': 1 },
      mayHear,
      answers: {
        'roots/list': '{"roots":[{"uri":"file:///srv/one","name":"One"},{"uri":"file:///srv/two"}]}',
      },
      masks: [sessionId],
    }),
    ask('ping'),
  ];
}

const tools: readonly Exchange[] = [
  ask('tools/list'),
  ask('tools/list', '{"cursor":"none of the server’s"}'),
  toolCall('echo', spelled, { name: 'echo with odd spelling' }),
  toolCall('echo', '{}'),
  toolCall('echo', '{"message":7}'),
  toolCall('get-sum', '{"a":1e2,"b":0.5}'),
  toolCall('get-sum', '{"a":9007199254740993,"b":"two"}'),
  ...['error', 'success', 'debug', 'none'].map((type) =>
    toolCall('get-annotated-message', `{"messageType":"${type}","includeImage":true}`),
  ),
  toolCall('get-env', '{}'),
  toolCall('get-resource-links', '{"count":10}'),
  toolCall('get-resource-links', '{"count":11}'),
  toolCall('get-resource-reference', '{"resourceType":"Text","resourceId":3}', { masks: [timeOfDay] }),
  toolCall('get-resource-reference', '{"resourceType":"Blob","resourceId":4}', { masks: [timeOfDayInBlob] }),
  toolCall('get-resource-reference', '{"resourceType":"Text","resourceId":-1}'),
  toolCall('get-structured-content', '{"location":"Chicago"}'),
  toolCall('get-structured-content', '{"location":"Paris"}'),
  toolCall('get-tiny-image', '{}'),
  toolCall('gzip-file-as-resource', '{"name":"a.gz","data":"data:text/plain,aaaa","outputType":"resource"}', {
    hears: { 'notifications/resources/list_changed': 1 },
  }),
  toolCall('gzip-file-as-resource', '{"name":"b.gz","data":"data:text/plain,bbbb"}', {
    hears: { 'notifications/resources/list_changed': 1 },
  }),
  toolCall('gzip-file-as-resource', '{"data":"ftp://nowhere.example/"}'),
  { ...toolCall('no-such-tool', '{}'), isUnknownTool: true },
];

const progress: readonly Exchange[] = [
  ...['"a token"', '42'].map((token) =>
    ask(
      'tools/call',
      `{"name":"trigger-long-running-operation","arguments":{"duration":0.03,"steps":3},"_meta":{"progressToken":${token}}}`,
      { name: `progress under the token ${token}`, hears: { 'notifications/progress': 3 } },
    ),
  ),
  toolCall('trigger-long-running-operation', '{"duration":0,"steps":2}'),
  toolCall('trigger-long-running-operation', '{"steps":"many"}'),
];

const sampled = (text: string) => ({
  'sampling/createMessage': `{"role":"assistant", "content":{"type":"text","text":"${text}"},"model":"m","stopReason":"endTurn"}`,
});

const clientsAnswers: readonly Exchange[] = [
  toolCall('get-roots-list', '{}'),
  tell('notifications/roots/list_changed', {
    hears: { 'roots/list': 1, 'notifications/message': 1 },
    answers: { 'roots/list': '{"roots":[{"uri":"file:///srv/three","name":"\\u00e9"}]}' },
    masks: [sessionId],
  }),
  { ...toolCall('get-roots-list', '{}'), name: 'tools/call get-roots-list after a change' },
  toolCall('trigger-sampling-request', '{"prompt":"Say \\"é\\"","maxTokens":7}', {
    hears: { 'sampling/createMessage': 1 },
    answers: sampled('\\u00e9!'),
  }),
  toolCall('trigger-elicitation-request', '{}', {
    hears: { 'elicitation/create': 1 },
    answers: {
      'elicitation/create': '{"action":"accept","content":{"name":"Ada","check":true,"integer":41}}',
    },
  }),
  toolCall('trigger-elicitation-request', '{ }', {
    hears: { 'elicitation/create': 1 },
    answers: { 'elicitation/create': '{"action":"decline"}' },
  }),
  toolCall('trigger-url-elicitation', '{"url":"https://example.com/","elicitationId":"e1"}', {
    hears: { 'elicitation/create': 1 },
    answers: { 'elicitation/create': '{"action":"cancel"}' },
  }),
  toolCall('trigger-url-elicitation', '{"url":"https://example.com/","errorPath":true}', {
    masks: [elicitationId],
  }),
];

const resources: readonly Exchange[] = [
  ask('resources/list'),
  ask('resources/templates/list'),
  ask('resources/read', '{"uri":"demo://resource/static/document/features.md"}'),
  ask('resources/read', '{"uri":"demo://resource/session/b.gz"}'),
  ask('resources/read', '{"uri":"demo://resource/dynamic/text/1"}', { masks: [timeOfDay] }),
  ask('resources/read', '{"uri":"demo://resource/dynamic/blob/2"}', { masks: [timeOfDayInBlob] }),
  ask('resources/read', '{"uri":"demo://resource/dynamic/text/x"}'),
  ask('resources/read', '{"uri":"demo://nowhere"}'),
  ask('resources/read', '{}'),
  ask('resources/subscribe', '{"uri":"demo://resource/dynamic/text/1"}', {
    hears: { 'notifications/message': 1 },
    masks: [sessionId],
  }),
  toolCall('toggle-subscriber-updates', '{}', {
    hears: { 'notifications/resources/updated': 1 },
    masks: [sessionId],
  }),
  toolCall('toggle-subscriber-updates', '{ }', { masks: [sessionId] }),
  ask('resources/unsubscribe', '{"uri":"demo://resource/dynamic/text/1"}', {
    hears: { 'notifications/message': 1 },
    masks: [sessionId],
  }),
];

const promptsAndCompletions: readonly Exchange[] = [
  ask('prompts/list'),
  ask('prompts/get', '{"name":"simple-prompt"}'),
  ask('prompts/get', '{"name":"args-prompt","arguments":{"city":"Z\\u00fcrich","state":"ZH"}}'),
  ask('prompts/get', '{"name":"args-prompt","arguments":{}}'),
  ask('prompts/get', '{"name":"resource-prompt","arguments":{"resourceType":"Text","resourceId":"2"}}', {
    masks: [timeOfDay],
  }),
  ask('prompts/get', '{"name":"no-such-prompt"}'),
  ask(
    'completion/complete',
    '{"ref":{"type":"ref/prompt","name":"completable-prompt"},"argument":{"name":"department","value":"S"}}',
  ),
  ask(
    'completion/complete',
    '{"ref":{"type":"ref/prompt","name":"completable-prompt"},"argument":{"name":"name","value":""},"context":{"arguments":{"department":"Sales"}}}',
  ),
  ask(
    'completion/complete',
    '{"ref":{"type":"ref/resource","uri":"demo://resource/dynamic/text/{resourceId}"},"argument":{"name":"resourceId","value":"7"}}',
  ),
  ask(
    'completion/complete',
    '{"ref":{"type":"ref/prompt","name":"none"},"argument":{"name":"a","value":""}}',
  ),
];

const logging: readonly Exchange[] = [
  ask('logging/setLevel', '{"level":"debug"}'),
  toolCall('toggle-simulated-logging', '{}', {
    hears: { 'notifications/message': 1 },
    masks: [sessionId, randomLevel],
  }),
  toolCall('toggle-simulated-logging', '{ }', { masks: [sessionId] }),
  ask('logging/setLevel', '{"level":"loud"}'),
];

const taskOf = (earlier: ReadonlyMap<string, string>) =>
  /"taskId":"(\w+)"/.exec(earlier.get('a task') ?? '')?.[1] ?? 'none';

const tasks: readonly Exchange[] = [
  toolCall('simulate-research-query', '{"topic":"tides"}'),
  ask('tools/call', '{"name":"simulate-research-query","arguments":{"topic":"tides"},"task":{"ttl":60000}}', {
    name: 'a task',
    hears: { 'notifications/tasks/status': 1 },
    masks: [taskId, taskTimes],
  }),
  {
    name: 'the task',
    method: 'tasks/get',
    params: (earlier) => `{"taskId":"${taskOf(earlier)}"}`,
    masks: [taskId, taskTimes],
  },
  {
    name: 'its end',
    method: 'tasks/cancel',
    params: (earlier) => `{"taskId":"${taskOf(earlier)}"}`,
    masks: [taskId, taskTimes],
  },
  ask('tasks/list', undefined, { masks: [taskId, taskTimes] }),
  ask('tasks/get', '{"taskId":"none"}'),
];

/** In this order: what a tool does is seen by what comes after it. */
export function everythingExchanges(transport: 'stdio' | 'http'): readonly Exchange[] {
  return [
    ...opening(transport),
    ...tools,
    ...progress,
    ...clientsAnswers,
    ...resources,
    ...promptsAndCompletions,
    ...logging,
    ...tasks,
    ask('no/such/method'),
    ask('no/such/method', '{"a":1}'),
    // At the end, since the server does not stop talking of it.
    ask(
      'tools/call',
      '{"name":"trigger-long-running-operation","arguments":{"duration":1,"steps":10},"_meta":{"progressToken":"t"}}',
      { name: 'a call that is taken back', isCancelled: true, hears: { 'notifications/progress': 1 } },
    ),
  ];
}
