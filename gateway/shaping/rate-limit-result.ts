import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';

/** A result in which a server says that it is called too often. */
export interface RateLimit {
  /** When it says that it may be called again, in milliseconds from now; undefined where it does not say. */
  readonly resetInMs: number | undefined;
}

/** So much of an error's text is searched, in characters: servers that mean it say so at once. */
const searchedLength = 4_000;
/** Longer is not believed, in milliseconds: the longest usual window is an hour, and a wrong number would last. */
const maxResetMs = 60 * 60 * 1000;

const phrases = ['rate limit exceeded', 'api rate limit', 'secondary rate limit', 'too many requests'];
/** `rate reset in 12m05s`, `rate limit resets in 30 seconds`, `retry after 60s`, `Retry-After: 60`. */
const resetPattern =
  /(?:resets?\s+(?:in|after)|retry[- ]after:?)\s*(?:(\d{1,4})\s*h\w*)?\s*(?:(\d{1,6})\s*m(?:in\w*)?(?![a-z]))?\s*(?:(\d{1,8})(?:\.\d+)?\s*(?:s\w*)?)?/;

/** Whether a tool result, as JSON, is an error of this kind; undefined when it is anything else. */
export function rateLimitOf(result: string): RateLimit | undefined {
  // Most results are no errors, and are not looked into.
  if (!result.includes('"isError"')) return undefined;
  const text = errorText(result)?.slice(0, searchedLength).toLowerCase();
  if (text === undefined || !isAboutRates(text)) return undefined;
  return { resetInMs: resetIn(text) };
}

function isAboutRates(text: string): boolean {
  return (
    phrases.some((phrase) => text.includes(phrase)) || (text.includes('rate limit') && text.includes('403'))
  );
}

function resetIn(text: string): number | undefined {
  const [, hours = '0', minutes = '0', seconds = '0'] = resetPattern.exec(text) ?? [];
  const totalSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return totalSeconds === 0 ? undefined : Math.min(totalSeconds * 1000, maxResetMs);
}

/** The texts of a result that is an error. */
function errorText(result: string): string | undefined {
  try {
    const members = rawMembers(result);
    if (members.get('isError') !== 'true') return undefined;
    return rawElements(members.get('content') ?? '[]')
      .map(textOf)
      .join('\n');
  } catch (error) {
    // What is no result is refused elsewhere, and says nothing of rates.
    if (error instanceof RpcMessageError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(item: string): string {
  const { text } = Object(JSON.parse(item));
  return typeof text === 'string' ? text : '';
}
