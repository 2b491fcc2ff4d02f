import { type ServiceError, status } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';

/** How a stream ended. */
export interface StreamEnd {
  /** The name of the gRPC status code. */
  readonly code: string;
  /** Of its `google.rpc.ErrorInfo`; empty where there is none. */
  readonly reason: string;
  readonly domain: string;
  readonly message: string;
}

/** The end of a stream in peace. */
export const endedWell: StreamEnd = { code: 'OK', reason: '', domain: '', message: '' };

/** What a stream's status says. */
export function streamEnd(error: ServiceError): StreamEnd {
  const { reason, domain } = errorInfo(error);
  return { code: status[error.code] ?? String(error.code), reason, domain, message: error.details };
}

function errorInfo({ metadata }: ServiceError): { reason: string; domain: string } {
  const none = { reason: '', domain: '' };
  const [details] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(details)) return none;
  try {
    const info = Status.decode(details).details.find(({ typeUrl }) =>
      typeUrl.endsWith('/google.rpc.ErrorInfo'),
    );
    return info === undefined ? none : ErrorInfo.decode(info.value);
  } catch {
    return none;
  }
}
