import type { Ask, LabelResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { type LabelExport, piecesOf } from '../../sidecar/guest/protocol.ts';
import { questionInput } from '../../sidecar/service/question-input.ts';
import { type BackendCalls, toolName } from './tracker-backend.ts';

/** One question of the bench, in the words of the protocol and of the guard. */
export interface TrackerQuestion {
  readonly name: string;
  /** As a gateway asks it. */
  readonly ask: NonNullable<Ask['question']>;
  /** As the guard reads it. */
  readonly input: { readonly export: LabelExport; readonly input: Uint8Array };
  /** How often the guard asks its backend for it. */
  readonly backendCalls: BackendCalls;
  /** Calls that each path makes in a row: enough of a fast one that no round is only noise. */
  readonly callsPerRound: number;
}

/** A call whose labels depend on its arguments: as small as questions are. */
export function smallResource(calls: BackendCalls = 0): TrackerQuestion {
  const toolArgs = Buffer.from(
    '{"number":4711,"title":"Rotate the signing keys","labels":["ops"],"visibility":"private"}',
  );
  const value = { toolName: toolName('create_issue', calls), toolArgs };
  return question(`\`label_resource\`${suffix(calls)}`, { $case: 'labelResource', value }, calls);
}

/** A page of a tracker, 1.5 KB an issue, as servers send it: indented JSON in a text. Each issue gets labels of its own. */
export function responseOf(items: number, calls: BackendCalls = 0): TrackerQuestion {
  const name = `\`label_response\`, ${items} items${suffix(calls)}`;
  return question(name, { $case: 'labelResponse', value: listOf(items, calls, issue) }, calls);
}

/** The same with issues of 250 B, so that 10,000 of them are within what a guard takes. */
export function shortResponseOf(items: number): TrackerQuestion {
  const value = listOf(items, 0, shortIssue);
  return question(`\`label_response\`, ${items} short items`, { $case: 'labelResponse', value }, 0);
}

function question(name: string, ask: TrackerQuestion['ask'], backendCalls: BackendCalls): TrackerQuestion {
  const asked = questionInput(ask);
  const input = { export: asked.export, input: Buffer.concat(piecesOf(asked.input)) };
  const costs = 1 + backendCalls + input.input.length / 30_000;
  const callsPerRound = Math.max(Math.round(mostCallsPerRound / costs), 1);
  return { name, ask, input, backendCalls, callsPerRound };
}

const mostCallsPerRound = 25;

function suffix(calls: BackendCalls): string {
  return calls === 0 ? '' : `, ${calls} backend ${calls === 1 ? 'call' : 'calls'}`;
}

function listOf(items: number, calls: BackendCalls, issueAt: (index: number) => object): LabelResponse {
  const page = { items: Array.from({ length: items }, (_, index) => issueAt(index)), total_count: 1_234 };
  const text = JSON.stringify(page, null, 2);
  const toolResult = Buffer.from(JSON.stringify({ content: [{ type: 'text', text }] }));
  const toolArgs = Buffer.from('{"number":4711,"state":"open","page":1}');
  return { toolName: toolName('list_issues', calls), toolArgs, toolResult };
}

const authors = ['alice', 'bob', 'carol', 'dependency-bot', 'mallory'];
const sentences = [
  'After the last update the export of a large project stops at about 80 % without any message.',
  'Steps: open the "Reports" page, choose a range of more than a year, press Export, wait.\n',
  'The log says `TypeError: Cannot read properties of undefined (reading "rows")` at export/worker.js:214.',
  'It happens with every browser that we tried, and also from the API: naïve retries do not help.\n',
  'We saw the same in March, where the cause was a time zone without daylight saving time.',
];

/** What decides the labels, and little else. */
function shortIssue(index: number): object {
  const { number, title, state, visibility, author } = issue(index);
  return { number, title, state, visibility, author };
}

function issue(index: number) {
  const number = 4_800 - index;
  const body = Array.from({ length: 10 }, (_, line) => sentences[(index + line * 3) % sentences.length]).join(
    ' ',
  );
  return {
    number,
    id: 2_310_000_000 + index * 7_919,
    title: `Export stops at ${10 + (index % 90)} % for projects with many attachments`,
    state: index % 4 === 0 ? 'closed' : 'open',
    visibility: index % 3 === 0 ? 'private' : 'public',
    author: authors[index % authors.length],
    assignees: [authors[(index + 1) % authors.length]],
    labels: ['bug', index % 2 === 0 ? 'export' : 'reports'],
    comments: index % 17,
    created_at: `2026-0${1 + (index % 9)}-1${index % 10}T08:30:00Z`,
    url: `https://tracker.example/projects/atlas/issues/${number}`,
    body,
  };
}
