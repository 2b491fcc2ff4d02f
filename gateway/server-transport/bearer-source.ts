/** Where the bearer token of the requests to a server comes from. */
export interface BearerSource {
  /** The token to send. Throws a TransportError `NO_CREDENTIALS` where there is none, or the reason of `signal`. */
  token(signal: AbortSignal): Promise<string>;

  /** Another one, since the server answered 401 to `refused`; undefined where there is no better one to be had. */
  renewed(refused: string, signal: AbortSignal): Promise<string | undefined>;
}
