/** Why a text is no JSON-RPC message, in one sentence. */
export class RpcMessageError extends Error {
  override readonly name = 'RpcMessageError';
  /** JSON-RPC's: -32700 for what is no JSON, -32600 for JSON that is no message. */
  readonly code: -32700 | -32600;
  /** The raw id, where the text is JSON and has a usable one: its sender can be told. */
  readonly id: string | undefined;

  constructor(code: -32700 | -32600, message: string, id?: string) {
    super(message);
    this.code = code;
    this.id = id;
  }
}
