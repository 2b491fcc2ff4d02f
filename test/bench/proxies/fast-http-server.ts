/** A fast MCP server over Streamable HTTP: `node fast-http-server.ts sessions|modern`. Prints its URL; ends with its standard input. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fastAnswer } from './fast-answers.ts';

const era = process.argv[2] === 'modern' ? 'modern' : 'sessions';

function serve(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') {
    response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const answer = fastAnswer(Buffer.concat(chunks).toString(), era);
    if (answer === undefined) response.writeHead(202).end();
    else {
      const session = era === 'sessions' && { 'mcp-session-id': 'bench' };
      const headers = { 'content-type': 'application/json', ...session };
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(answer) }).end(answer);
    }
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write(`http://127.0.0.1:${port}/mcp\n`);
});
process.stdin.once('end', () => process.exit(0)).resume();
