import { readFile } from 'node:fs/promises';
import { guardModuleUrl } from '../../guards/build.ts';

/** How many backend calls the questions of the bench cost. */
export type BackendCalls = 0 | 1 | 5;

/** The guard that all paths ask, and its policy: `guards/rules` with the worked policy for a tracker, and tools that it looks up for. */
export async function trackerGuard(): Promise<{ bytes: Buffer<ArrayBuffer>; policy: Buffer }> {
  const policyUrl = new URL('../../guards/rules/examples/tracker.json', import.meta.url);
  const policy = JSON.parse(await readFile(policyUrl, 'utf8'));
  const tools = [...policy.tools, ...lookingUp.flatMap(toolsThatLookUp)];
  return {
    bytes: await readFile(guardModuleUrl('rules')),
    policy: Buffer.from(JSON.stringify({ ...policy, tools })),
  };
}

/** The name of a tool whose labels cost so many backend calls. */
export function toolName(plain: 'create_issue' | 'list_issues', calls: BackendCalls): string {
  return calls === 0 ? plain : `${plain}_looking_up_${calls}`;
}

/** What the backend says each time: one issue, 1 KB. */
export const backendAnswer: Buffer = Buffer.from(
  JSON.stringify({
    content: [
      {
        type: 'text',
        text: JSON.stringify({
          number: 4_711,
          visibility: 'private',
          author: 'alice',
          body: 'a'.repeat(900),
        }),
      },
    ],
  }),
);

const lookingUp: readonly BackendCalls[] = [1, 5];

function toolsThatLookUp(calls: BackendCalls): object[] {
  const lookup = {
    tool: 'get_issue',
    arguments: { number: { from: '/number' } },
    fields: [{ at: '/visibility', rules: 'visibility' }],
  };
  const lookups = Array.from({ length: calls }, () => lookup);
  const fields = [{ at: '/visibility', rules: 'visibility' }];
  return [
    { names: toolName('create_issue', calls), operation: 'write', lookups },
    // No field speaks of integrity, so the items need what the call has, and the guard finds that out.
    { names: toolName('list_issues', calls), operation: 'read', lookups, items: { at: '/items', fields } },
  ];
}
