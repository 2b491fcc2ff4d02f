/** The same fast MCP server over stdio: `node fast-stdio-server.ts`. Ends with its standard input. */
import { fastAnswer } from './fast-answers.ts';

let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const answer = fastAnswer(line);
    if (answer !== undefined) process.stdout.write(`${answer}\n`);
  }
});
process.stdin.once('end', () => process.exit(0));
