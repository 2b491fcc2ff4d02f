import { isLoopback } from '../config/address.ts';
import { discardBody, HttpExchange, type HttpMessage, readBody } from '../server-transport/http-exchange.ts';
import { TransportError } from '../server-transport/transport-error.ts';

/** What an issuer of tokens answers is a page at most. */
const maxAnswerBytes = 64 * 1024;

/** Whether secrets may be sent to an address: nobody on the way reads them. */
export function isConfidential(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host));
}

/** Where a token is asked for. */
export interface TokenRequest extends HttpMessage {
  readonly url: string;
  /** Who is asked, for the words of errors. */
  readonly issuer: string;
}

/**
 * Asks an issuer for a token: the JSON object that it answers with. Redirects are not followed, and no error repeats what was
 * sent or answered: both hold secrets.
 * @throws TransportError NO_CREDENTIALS
 */
export async function requestToken(
  request: TokenRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const { url, issuer, ...message } = request;
  const parsed = URL.parse(url);
  if (parsed === null || !isConfidential(parsed))
    throw noCredentials(`${issuer} must be an https address, or one on this machine`);
  const http = new HttpExchange({ url, headers: { accept: 'application/json' } });
  try {
    const response = await http.open(message, signal);
    const { statusCode = 0 } = response;
    if (statusCode !== 200 && statusCode !== 400 && statusCode !== 401) {
      discardBody(response);
      throw noCredentials(`${issuer} answered with HTTP status ${statusCode}`);
    }
    const answer = parseObject(await readBody(response, maxAnswerBytes));
    if (statusCode === 200 && answer !== undefined) return answer;
    throw noCredentials(`${issuer} answered with HTTP status ${statusCode}${reasonOf(answer)}`);
  } catch (error) {
    throw asNoCredentials(error, issuer, signal);
  } finally {
    http.close();
  }
}

/** An error that says why there is no token. */
export function noCredentials(words: string): TransportError {
  return new TransportError('NO_CREDENTIALS', `there is no token for the server: ${words}`);
}

/** Without the cause where it could repeat a secret. */
function asNoCredentials(error: unknown, issuer: string, signal: AbortSignal): TransportError {
  if (signal.aborted) return noCredentials(`${issuer} did not answer in time`);
  if (!(error instanceof TransportError)) return noCredentials(`${issuer} cannot be asked`);
  if (error.code === 'NO_CREDENTIALS') return error;
  return noCredentials(`${issuer} cannot be asked: ${error.message}`);
}

/** The error code of RFC 6749, 5.2: one of a closed set, so it repeats nothing. */
function reasonOf(answer: Readonly<Record<string, unknown>> | undefined): string {
  const code = answer?.error;
  return typeof code === 'string' && knownReasons.includes(code) ? ` (${code})` : '';
}

const knownReasons: readonly string[] = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
];

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
