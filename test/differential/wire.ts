/** One end of a connection that carries JSON-RPC messages as their texts. */
export interface Wire extends AsyncDisposable {
  /** Settles when the other end has taken the message; its answer may come later. */
  send(text: string): Promise<void>;
}

/** Opens a wire; `receive` is given each message that comes, as it was spelled. */
export type OpenWire = (receive: (text: string) => void) => Promise<Wire>;
