import { http2WindowBytes, maxMessageBytes } from '../../sidecar/limits.ts';

const asItIs = (bytes: Buffer) => bytes;

/** A stream that repeats its first message for each further one; nothing is encoded or decoded. */
export const echoService = {
  repeat: {
    path: '/sluice.bench.Echo/Repeat',
    requestStream: true,
    responseStream: true,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
} as const;

/** What the sidecar's server and the gateway's client set, so that the comparison is fair. */
export const echoOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc-node.flow_control_window': http2WindowBytes,
};
