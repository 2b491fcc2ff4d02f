import { once } from 'node:events';
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** Posts a text and reads the whole answer: the least that a client of Node can do. Rejects when the connection fails. */
export async function postText(
  url: URL,
  body: string,
  { agent, headers }: { agent: Agent; headers: Readonly<Record<string, string>> },
): Promise<{ headers: IncomingHttpHeaders; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const all = { ...headers, 'content-length': Buffer.byteLength(body) };
  request(url, { method: 'POST', agent, headers: all }, resolve).on('error', reject).end(body);
  const response = await promise;
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(response, 'end');
  return { headers: response.headers, text };
}
