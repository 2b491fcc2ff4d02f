import { readFile } from 'node:fs/promises';
import { guardModuleUrl } from '../../guards/build.ts';
import type { Ask } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { Question } from '../../sidecar/guard/guard-instance.ts';
import { questionInput } from '../../sidecar/service/question-input.ts';

/** One question of the bench, in the words of the protocol and of the guard. */
export interface TrackerQuestion {
  readonly name: string;
  /** As a gateway asks it. */
  readonly ask: NonNullable<Ask['question']>;
  /** As the guard reads it. */
  readonly input: Question;
  /** Calls that each path makes in a row: enough of a fast one that no round is only noise. */
  readonly callsPerRound: number;
}

/** The guard that all paths ask, and its policy: `guards/rules` with the worked policy for a tracker. */
export async function trackerGuard(): Promise<{ bytes: Buffer<ArrayBuffer>; policy: Buffer }> {
  const policyUrl = new URL('../../guards/rules/examples/tracker.json', import.meta.url);
  return { bytes: await readFile(guardModuleUrl('rules')), policy: await readFile(policyUrl) };
}

/** A call whose labels depend on its arguments: as small as questions are. */
export function smallResource(): TrackerQuestion {
  const toolArgs = Buffer.from('{"title":"Rotate the signing keys","labels":["ops"],"visibility":"private"}');
  const ask = { $case: 'labelResource', value: { toolName: 'create_issue', toolArgs } } as const;
  return { name: '`label_resource`', ask, input: questionInput(ask), callsPerRound: 25 };
}

/** A page of a tracker, 1.5 KB an issue, as servers send it: indented JSON in a text. Each issue gets labels of its own. */
export function responseOf(items: number): TrackerQuestion {
  const page = { items: Array.from({ length: items }, (_, index) => issue(index)), total_count: 1_234 };
  const toolResult = Buffer.from(
    JSON.stringify({ content: [{ type: 'text', text: JSON.stringify(page, null, 2) }] }),
  );
  const toolArgs = Buffer.from('{"state":"open","page":1}');
  const ask = { $case: 'labelResponse', value: { toolName: 'list_issues', toolArgs, toolResult } } as const;
  return { name: `\`label_response\`, ${items} items`, ask, input: questionInput(ask), callsPerRound: 4 };
}

const authors = ['alice', 'bob', 'carol', 'dependency-bot', 'mallory'];
const sentences = [
  'After the last update the export of a large project stops at about 80 % without any message.',
  'Steps: open the "Reports" page, choose a range of more than a year, press Export, wait.\n',
  'The log says `TypeError: Cannot read properties of undefined (reading "rows")` at export/worker.js:214.',
  'It happens with every browser that we tried, and also from the API: naïve retries do not help.\n',
  'We saw the same in March, where the cause was a time zone without daylight saving time.',
];

function issue(index: number): object {
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
