import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { AuditEvent, DecisionEvent } from '../../../gateway/audit/audit-event.ts';
import { AuditTrail } from '../../../gateway/audit/audit-trail.ts';
import type { AuditConfig } from '../../../gateway/config/gateway-config.ts';
import { Log } from '../../../gateway/log.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

/** One line of a trail, parsed. */
export interface TrailLine {
  readonly seq: number;
  readonly prev: string;
  readonly kind: string;
  readonly [name: string]: unknown;
}

/** A folder for trails, and the log of whoever writes them. */
export class TrailFolder implements AsyncDisposable {
  readonly path: string;
  readonly log: Log;
  logged = '';

  private constructor(path: string) {
    this.path = path;
    const output = new PassThrough();
    output.setEncoding('utf8').on('data', (chunk: string) => {
      this.logged += chunk;
    });
    this.log = new Log(output);
  }

  static async make(): Promise<TrailFolder> {
    return new TrailFolder(await temporaryFolder());
  }

  get file(): string {
    return join(this.path, 'trail.jsonl');
  }

  start(settings: Partial<AuditConfig> = {}): Promise<AuditTrail> {
    const config = {
      file: this.file,
      redact: false,
      maxBytes: 1024 * 1024,
      keep: 3,
      required: false,
      ...settings,
    };
    return AuditTrail.start(config, this.log);
  }

  async lines(file = this.file): Promise<TrailLine[]> {
    return (await readFile(file, 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export function labels(secrecy: readonly string[] = [], integrity: readonly string[] = []): Labels {
  return { secrecy: new Set(secrecy), integrity: new Set(integrity) };
}

/** A decision about one tool call. */
export function decision(given: Partial<DecisionEvent> = {}): AuditEvent {
  return {
    kind: 'decision',
    principal: 'alice',
    run: '1',
    server: 'files',
    tool: 'read_file',
    outcome: 'result',
    before: labels(),
    after: labels(),
    guard: { name: 'rules', digest: 'a'.repeat(64) },
    ...given,
  };
}

/** Writes a trail of so many decisions, ended as it should be. */
export async function writtenTrail(folder: TrailFolder, decisions: number): Promise<void> {
  await using trail = await folder.start();
  for (let index = 0; index < decisions; index++) trail.record(decision({ tool: `tool-${index}` }));
}
