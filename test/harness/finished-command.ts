import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '..', '..');

/** What a command said, and how it ended. */
export interface FinishedCommand {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** Runs a command in the project's folder, with `input` as its standard input. Rejects where it cannot be started. */
export async function finishedCommand(
  command: string,
  args: readonly string[],
  input = '',
): Promise<FinishedCommand> {
  const child = spawn(command, args, { cwd: root });
  // A command that ends before it has read everything is judged by what it says.
  child.stdin.on('error', () => undefined).end(input);
  const output = [text(child.stdout), text(child.stderr)] as const;
  const [[exitCode], stdout, stderr] = await Promise.all([once(child, 'close'), ...output]);
  return { stdout, stderr, exitCode };
}

/** `buf curl` as a gRPC client without TLS. */
export function bufCurl(args: readonly string[], input = ''): Promise<FinishedCommand> {
  const buf = join(root, 'node_modules', '.bin', 'buf');
  return finishedCommand(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args], input);
}
