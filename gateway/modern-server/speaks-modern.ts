import { isModernVersion, modernVersions } from '../modern/modern-version.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import type { ModernServer } from './modern-server.ts';

/** Statuses of servers, and of what stands before them, that say nothing of an era. */
const undecided: ReadonlySet<number> = new Set([401, 403, 407, 408, 429]);

/**
 * Whether a server speaks a revision of ours without `initialize`: it is asked with `server/discover`, as the revision has it
 * (Streamable HTTP, Backward Compatibility). Whatever is no answer of this era is one of a legacy server.
 * @throws TransportError where nobody answers, or the answer tells nothing: ask again later; or the reason of `signal`.
 */
export async function speaksModern(server: ModernServer, signal: AbortSignal): Promise<boolean> {
  const answer = await server.discover(signal).catch((error: unknown) => {
    if (error instanceof AnswerError) return error;
    if (error instanceof TransportError && isLegacySign(error)) return undefined;
    throw error;
  });
  if (answer === undefined) return false;
  return answer instanceof AnswerError ? isModernError(answer) : sharesRevision(answer, 'supportedVersions');
}

/** Whether an error is one that only servers of this era send: all others may be a legacy server's. */
function isModernError({ code, error }: AnswerError): boolean {
  if (code === rpcCodes.unsupportedVersion)
    return sharesRevision(rawMembers(error).get('data') ?? '{}', 'supported');
  return code === rpcCodes.headerMismatch || code === rpcCodes.missingCapability;
}

/** Throws where the server lists revisions of this era only, and none of ours: it would not understand `initialize` either. */
function sharesRevision(object: string, member: string): boolean {
  const list = object.startsWith('{') ? rawMembers(object).get(member) : undefined;
  const versions = list?.startsWith('[') ? rawElements(list).map(stringFrom) : [];
  if (modernVersions.some((known) => versions.includes(known))) return true;
  if (versions.length === 0 || !versions.every(isModernVersion)) return false;
  const sentence = 'the server speaks revisions that are not known here: it needs a newer Sluice';
  throw new TransportError('MALFORMED', sentence);
}

function isLegacySign({ code, status = 0 }: TransportError): boolean {
  if (code === 'MALFORMED') return true;
  return code === 'STATUS' && ((status >= 400 && status < 500 && !undecided.has(status)) || status === 501);
}
