import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PayloadConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../gateway-error.ts';
import type { Caller } from '../http/caller.ts';
import { scanJson } from '../response/json-scanner.ts';
import { inferSchema } from './infer-schema.ts';
import { PayloadFolder } from './payload-folder.ts';
import type { JudgedResult } from './response-filters.ts';
import { putTogether, takeApart, textItem } from './result-parts.ts';

/** So much of a payload is shown, in bytes: as in gh-aw's gateway. */
const previewBytes = 500;
/** The longest name of a session's folder, in characters; file systems stop at 255. */
const maxSessionLength = 200;

const instructions =
  'The result was too large to be returned. All of it is a file, as JSON, at payloadPath: read and parse it there. ' +
  'payloadPreview is how it begins, payloadSchema which fields it has and of which types, without values.';

/** Writes results that are too large for an agent to a file, and tells the agent where. */
export class PayloadSpill {
  readonly #config: PayloadConfig;
  readonly #folder: PayloadFolder;

  constructor(config: PayloadConfig, folder = new PayloadFolder(config.folder)) {
    this.#config = config;
    this.#folder = folder;
  }

  /** Throws when the folder cannot be used as it is. */
  prepare(): Promise<void> {
    return this.#folder.prepare();
  }

  /**
   * What the agent gets: the same text up to the threshold. Throws a GatewayError PAYLOAD_FAILED when the file cannot be
   * written: a result that no agent can take is not delivered instead.
   */
  async apply({ text, isChanged }: JudgedResult, caller: Caller): Promise<string> {
    const { thresholdBytes, folder, pathPrefix } = this.#config;
    if (Buffer.byteLength(text) <= thresholdBytes) return text;
    const parts = takeApart(text, isChanged);
    if (parts === undefined) return text;
    const payload = Buffer.from(text);
    const path = await this.#write(sessionFolder(caller), payload);
    const answer = {
      agentInstructions: instructions,
      payloadPath: join(pathPrefix ?? folder, path),
      payloadPreview: previewOf(payload),
      payloadSchema: inferSchema(scanJson(text)),
      originalSize: payload.length,
    };
    return putTogether(parts, { content: [textItem(JSON.stringify(answer))] });
  }

  async #write(session: string, payload: Uint8Array): Promise<string> {
    try {
      return await this.#folder.write(session, payload);
    } catch (cause) {
      throw new GatewayError('PAYLOAD_FAILED', `a large result could not be written: ${systemWords(cause)}`, {
        cause,
      });
    }
  }
}

/**
 * The folder of an agent's files: its principal, and its run behind a tilde where it has one. Other characters than
 * letters, digits, hyphens and underscores are escaped, so that no name leads elsewhere and no two agents share one.
 */
export function sessionFolder({ principal, run }: Caller): string {
  const name = run === '' ? segment(principal) : `${segment(principal)}~${segment(run)}`;
  if (name.length <= maxSessionLength) return name;
  return createHash('sha256')
    .update(JSON.stringify([principal, run]))
    .digest('hex');
}

function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Whole characters only. */
function previewOf(payload: Buffer): string {
  if (payload.length <= previewBytes) return payload.toString();
  let end = previewBytes;
  while (end > 0 && ((payload[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${payload.toString('utf8', 0, end)}…`;
}

/** A system's error names the path, and the path the agent: its code says enough. */
function systemWords(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : 'unknown error';
}
