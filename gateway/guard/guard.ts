import type { ToolCall } from '../backend/backend.ts';
import type { Operation } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { DescribedLabels, ResponseLabels } from '../response/response-labels.ts';

/** What a call would touch, as the guard says. */
export interface ResourceAnswer {
  readonly resource: DescribedLabels;
  readonly operation: Operation;
}

/** What knows one server's domain: it labels, and never decides. Its methods throw GatewayErrors. */
export interface Guard extends Disposable {
  /** The labels that it grants the agent. */
  readonly grant: Labels;
  /** The mode that it asks for. */
  readonly mode: Mode;
  /** The SHA-256 of its bytes as lower-case hex, for the audit trail; nothing for one that is built in. */
  readonly digest?: string | undefined;
  /** Its configured word is the operator's: what it says of a write's response is not looked at. */
  readonly isOperatorsWord: boolean;
  labelResource(call: ToolCall, signal: AbortSignal): Promise<ResourceAnswer>;
  /** `result` is the backend's tool result as JSON text. */
  labelResponse(call: ToolCall, result: string, signal: AbortSignal): Promise<ResponseLabels>;
}
