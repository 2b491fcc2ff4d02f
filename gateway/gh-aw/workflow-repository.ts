/** How visible the repository is whose workflow runs the agent (compat.md 3.11): one question to GitHub at the start. */
import type { Environment } from '../config/expand-variables.ts';
import { isRepoScope } from '../policy/repo-scope.ts';
import type { Visibility } from '../policy/sink-visibility.ts';

/** How long GitHub may take to answer, in milliseconds: as in gh-aw's gateway. */
const answerWithinMs = 10_000;

/** A description of a repository has some 20 KB. */
const maxAnswerBytes = 1024 * 1024;

/**
 * What is known of the workflow's repository. `unknown` counts as public, which is the side that lets less through:
 * there is one, and nobody could say how visible it is.
 */
export type WorkflowRepository =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly visibility: Visibility }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Variables that may hold a token of GitHub's, in the order of gh-aw's gateway. */
const tokenVariables = [
  'GITHUB_MCP_SERVER_TOKEN',
  'GITHUB_TOKEN',
  'GITHUB_PERSONAL_ACCESS_TOKEN',
  'GH_TOKEN',
] as const;

/** Asks `GITHUB_API_URL` about `GITHUB_REPOSITORY`; without the latter there is no workflow. Never throws. */
export async function askWorkflowRepository(env: Environment): Promise<WorkflowRepository> {
  const repository = env.GITHUB_REPOSITORY ?? '';
  if (repository === '') return { kind: 'none' };
  if (!isRepoScope(repository) || repository.endsWith('*'))
    return unknown('GITHUB_REPOSITORY is no owner/repo');
  const base = env.GITHUB_API_URL || 'https://api.github.com';
  const url = URL.parse(`${base.replace(/\/+$/, '')}/repos/${repository}`);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return unknown('GITHUB_API_URL is no address');
  return await ask(
    url,
    tokenVariables.map((name) => env[name] ?? '').find((text) => text !== ''),
  );
}

async function ask(url: URL, token: string | undefined): Promise<WorkflowRepository> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/vnd.github+json', ...(token && { authorization: `Bearer ${token}` }) },
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return unknown(
        `GitHub answered ${response.status}${token ? '' : ', and there is no token: set GITHUB_TOKEN'}`,
      );
    }
    return visibilityIn(JSON.parse(await boundedText(response)));
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return unknown(
      isLate ? `GitHub did not answer within ${answerWithinMs} ms` : 'GitHub could not be asked',
    );
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Older servers of GitHub's say only whether it is private. */
function visibilityIn(answer: unknown): WorkflowRepository {
  const { visibility, private: isPrivate } = Object(answer) as { visibility?: unknown; private?: unknown };
  if (visibility === 'public' || visibility === 'private' || visibility === 'internal')
    return { kind: 'known', visibility };
  if (visibility === undefined && typeof isPrivate === 'boolean')
    return { kind: 'known', visibility: isPrivate ? 'private' : 'public' };
  return unknown('GitHub did not say how visible it is');
}

function unknown(reason: string): WorkflowRepository {
  return { kind: 'unknown', reason };
}
