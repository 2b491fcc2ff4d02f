/** What can be wrong with a response, or with what a guard says about it. */
export type ResponseErrorCode =
  | 'invalid-json'
  | 'too-deep'
  | 'ambiguous'
  | 'ambiguous-items'
  | 'not-a-result'
  | 'path-not-found'
  | 'unexpected-type'
  | 'not-an-array'
  | 'not-an-index'
  | 'index-out-of-bounds';

/** Whose fault it is, as the reason that the failed call gives. */
const REASON: Record<ResponseErrorCode, 'BACKEND_ERROR' | 'INVALID_OUTPUT'> = {
  'invalid-json': 'BACKEND_ERROR',
  'too-deep': 'BACKEND_ERROR',
  ambiguous: 'BACKEND_ERROR',
  'not-a-result': 'BACKEND_ERROR',
  'ambiguous-items': 'INVALID_OUTPUT',
  'path-not-found': 'INVALID_OUTPUT',
  'unexpected-type': 'INVALID_OUTPUT',
  'not-an-array': 'INVALID_OUTPUT',
  'not-an-index': 'INVALID_OUTPUT',
  'index-out-of-bounds': 'INVALID_OUTPUT',
};

/**
 * A response that cannot be judged, so that nothing of it may be delivered. The message is for the log: it never holds
 * content, but it may hold the guard's words.
 */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
  readonly code: ResponseErrorCode;

  constructor(code: ResponseErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** The reason code of the failed call. */
  get reason(): 'BACKEND_ERROR' | 'INVALID_OUTPUT' {
    return REASON[this.code];
  }
}
