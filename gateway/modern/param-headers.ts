// Arguments that a tool has repeated in headers: `x-mcp-header` in its input schema (SEP-2243).

import { rawMembers } from '../rpc/raw-json.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { encodeHeaderValue } from './header-value.ts';

/** An argument that a header repeats. */
export interface MirroredParam {
  /** In lower case, as `mcp-param-region`. */
  readonly header: string;
  /** The names that lead to it from the arguments. */
  readonly path: readonly string[];
}

/** How deep an annotated argument may be: schemas that people write are not half as deep. */
const maxPathNames = 16;

const annotation = 'x-mcp-header';

/**
 * The arguments that a tool's input schema, as JSON, wants to be repeated. Nothing for a schema whose annotations break the
 * revision's rules: clients must leave such a tool out. Throws a SyntaxError for what is no JSON.
 */
export function mirroredParams(inputSchema: string): readonly MirroredParam[] | undefined {
  const params = annotated(JSON.parse(inputSchema), []);
  const headers = params.map(({ header }) => header);
  const areValid =
    headers.every((header) => /^mcp-param-[\w!#$%&'*+.^`|~-]+$/.test(header)) &&
    new Set(headers).size === headers.length;
  return areValid ? params : undefined;
}

/** The headers of a call with these arguments, as JSON; what has no value there has no header. */
export function paramHeaders(params: readonly MirroredParam[], args = '{}'): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of params) {
    const text = textOf(valueAt(args, path));
    if (text !== undefined) headers[header] = encodeHeaderValue(text);
  }
  return headers;
}

function annotated(schema: unknown, path: readonly string[]): MirroredParam[] {
  if (!isRecord(schema) || !isRecord(schema.properties) || path.length === maxPathNames) return [];
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const own = isRecord(property) ? property[annotation] : undefined;
    const below = annotated(property, [...path, name]);
    if (own === undefined) return below;
    return [{ header: headerName(own, property), path: [...path, name] }, ...below];
  });
}

/** Without a name where the annotation breaks the rules: that is no header. */
function headerName(name: unknown, property: unknown): string {
  const isPrimitive =
    isRecord(property) && ['string', 'integer', 'boolean'].some((type) => property.type === type);
  return `mcp-param-${isPrimitive && typeof name === 'string' ? name.toLowerCase() : ''}`;
}

function valueAt(args: string, path: readonly string[]): string | undefined {
  let value: string | undefined = args;
  for (const name of path) value = value?.startsWith('{') ? rawMembers(value).get(name) : undefined;
  return value;
}

function textOf(value: string | undefined): string | undefined {
  if (value === undefined || value === 'true' || value === 'false') return value;
  if (value.startsWith('"')) return stringFrom(value);
  const number = Number(value);
  return /^[-\d]/.test(value) && Number.isSafeInteger(number) ? String(number) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
