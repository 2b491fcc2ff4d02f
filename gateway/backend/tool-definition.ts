import { createHash } from 'node:crypto';
import { GatewayError } from '../gateway-error.ts';
import { parseLossless } from '../lossless-json.ts';
import { canonicalJson } from '../response/canonical-json.ts';
import { scanJson } from '../response/json-scanner.ts';
import { ROOT } from '../response/json-tape.ts';
import { ResponseError } from '../response/response-error.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { withoutMembers, writeObject } from '../rpc/raw-object.ts';

/** A tool as its server defines it. */
export interface ToolDefinition {
  readonly name: string;
  /** Whether the server says that it only reads. */
  readonly isReadOnly: boolean;
  /** Whether its results promise structured content. */
  readonly hasOutputSchema: boolean;
  /** The same for all spellings of the same definition, and for no other: one whose readers may differ has one spelling. */
  readonly digest: string;
  /** The definition as the server spelled it. */
  readonly text: string;
}

/** A page of `tools/list`. */
export interface ToolPage {
  readonly tools: readonly ToolDefinition[];
  readonly nextCursor: string | undefined;
}

/** Reads the result of `tools/list`. Throws BACKEND_ERROR for what is no list of tools. */
export function parseToolPage(result: string): ToolPage {
  try {
    const members = rawMembers(result);
    const tools = rawElements(members.get('tools') ?? '').map(parseTool);
    const cursor: unknown = JSON.parse(members.get('nextCursor') ?? 'null');
    return { tools, nextCursor: typeof cursor === 'string' ? cursor : undefined };
  } catch (cause) {
    const sentence = 'the server answered tools/list with something that is no list of tools';
    throw new GatewayError('BACKEND_ERROR', sentence, { cause });
  }
}

/** The page with only those tools; the same bytes when all stay as they are. */
export function withOnlyTools(result: string, { tools }: ToolPage, kept: readonly ToolDefinition[]): string {
  if (kept.length === tools.length && kept.every((tool, index) => tool === tools[index])) return result;
  const members = rawMembers(result);
  // What is left out for this agent must not be kept for others.
  if (members.has('cacheScope')) members.set('cacheScope', '"private"');
  members.set('tools', `[${kept.map(({ text }) => text).join(',')}]`);
  return writeObject(members);
}

/** The tool without the promise that its results have structured content of some form. */
export function withoutOutputSchema(tool: ToolDefinition): ToolDefinition {
  if (!tool.hasOutputSchema) return tool;
  return { ...tool, hasOutputSchema: false, text: withoutMembers(tool.text, ['outputSchema']) };
}

function parseTool(text: string): ToolDefinition {
  // Of two members of the same name each reader takes the one it likes: it throws for those.
  rawMembers(text);
  const { name, annotations, outputSchema } = expectTool(parseLossless(text));
  return {
    name,
    isReadOnly: annotations?.readOnlyHint === true,
    hasOutputSchema: outputSchema !== undefined,
    digest: createHash('sha256').update(canonical(text)).digest('base64url'),
    text,
  };
}

interface ToolJson {
  readonly name: string;
  readonly annotations?: { readonly readOnlyHint?: unknown } | null;
  readonly outputSchema?: unknown;
}

function expectTool(value: unknown): ToolJson {
  if (isTool(value)) return value;
  throw new TypeError('a tool is an object with a name');
}

function isTool(value: unknown): value is ToolJson {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

/**
 * The same text for all spellings: a server may list members in another order after a restart. Where it is nested too
 * deeply to be compared, the spelling itself: any other one counts as a change then.
 */
function canonical(text: string): string {
  try {
    return canonicalJson(scanJson(text), ROOT);
  } catch (error) {
    if (error instanceof ResponseError) return text;
    throw error;
  }
}
