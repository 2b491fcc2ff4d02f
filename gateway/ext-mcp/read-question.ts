import type { ExtMcpConfig } from '../config/ext-mcp-config.ts';
import type { Caller } from '../http/caller.ts';
import { isRunId } from '../http/run-id.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { maxJsonBytes, maxMethodLength, maxPrincipalLength } from './ext-mcp-limits.ts';
import type { CallTerms } from './suspended-calls.ts';

/** The key of the metadata by which a response says which request it belongs to. */
export const callKey = 'sluiceCall';

/** What requests and responses of the protocol have alike. */
interface Message {
  readonly serviceNames: readonly string[];
  readonly method: string;
  readonly metadataContext: Readonly<Record<string, unknown>> | undefined;
}

/** What is asked about, and for whom. Throws the RpcError of a question that cannot be judged, which says how to ask. */
export function readTerms(message: Message, config: ExtMcpConfig): CallTerms {
  const [target, ...others] = message.serviceNames;
  if (target === undefined) throw refused('the question names no target');
  if (others.length > 0)
    throw refused(
      'several targets are asked at once, and what each of them says cannot be told apart: give each target a backend of its own in agentgateway',
    );
  if (message.method === '' || message.method.length > maxMethodLength)
    throw refused('the question names no method');
  return { target, method: message.method, caller: readCaller(message.metadataContext ?? {}, config) };
}

/** The name of a configured server. Throws the RpcError of a target that is none. */
export function serverName(target: string, { targets }: ExtMcpConfig): string {
  const name =
    targets === undefined || Object.hasOwn(targets, target) ? (targets?.[target] ?? target) : undefined;
  if (name !== undefined) return name;
  throw unknownTarget(target);
}

/** What is told of a target that no configured server is. */
export function unknownTarget(target: string): RpcError {
  const shown = JSON.stringify(target.slice(0, 100));
  return refused(`${shown} is no server of Sluice: add it to mcpServers, or to gateway.extMcp.targets`);
}

/** The request that a response belongs to; undefined where it does not say. */
export function callIdOf({ metadataContext }: Message): string | undefined {
  const id = metadataContext?.[callKey];
  return typeof id === 'string' ? id : undefined;
}

/** The text of what came as bytes. Throws the RpcError of what is too large, or no text. */
export function readJsonBytes(bytes: Uint8Array): string {
  if (bytes.length > maxJsonBytes)
    throw refused(`it is larger than ${maxJsonBytes} bytes, so it is not judged: ask for less`);
  try {
    return utf8.decode(bytes);
  } catch {
    throw refused('it is no UTF-8');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readCaller(
  metadata: Readonly<Record<string, unknown>>,
  { principalKey, runKey }: ExtMcpConfig,
): Caller {
  const principal = metadata[principalKey];
  const run = metadata[runKey] ?? '';
  if (typeof principal !== 'string' || !isPrincipal(principal))
    throw refused(
      `nobody is named: have agentgateway send a text of 1 to ${maxPrincipalLength} printable characters as the metadata ${principalKey}`,
    );
  if (typeof run !== 'string' || !isRunId(run))
    throw refused(`the metadata ${runKey} must be one word of at most 128 printable ASCII characters`);
  return { principal, run };
}

function isPrincipal(text: string): boolean {
  return text.length <= maxPrincipalLength && /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u.test(text);
}

function refused(sentence: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, `Sluice: ${sentence}`);
}
