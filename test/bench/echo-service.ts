import { http2WindowBytes, maxMessageBytes } from '../../sidecar/limits.ts';

const asItIs = (bytes: Buffer) => bytes;
const unchanged = {
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
};

/**
 * Each message begins with how many bytes its answer has (u32 LE), and is answered with as many; nothing is encoded or decoded.
 * On a stream, and as a call each.
 */
export const echoService = {
  repeat: { path: '/sluice.bench.Echo/Repeat', requestStream: true, responseStream: true, ...unchanged },
  once: { path: '/sluice.bench.Echo/Once', requestStream: false, responseStream: false, ...unchanged },
} as const;

/** One message of a question there, and how many bytes come back. */
export interface EchoHop {
  readonly request: Buffer;
  readonly answerBytes: number;
}

/** A hop whose request has so many bytes as `request`, or as many as it takes to say what the answer is to be. */
export function echoHop(request: Uint8Array, answerBytes: number): EchoHop {
  const sized = Buffer.alloc(Math.max(request.length, lengthBytes));
  sized.set(request);
  sized.writeUInt32LE(answerBytes);
  return { request: sized, answerBytes };
}

/** What the server answers; one text for each length. */
export function echoAnswer(request: Buffer): Buffer {
  const bytes = request.readUInt32LE();
  const answer = answers.get(bytes) ?? Buffer.alloc(bytes, 'a');
  answers.set(bytes, answer);
  return answer;
}

const lengthBytes = 4;
const answers = new Map<number, Buffer>();

/** What the sidecar's server and the gateway's client set, so that the comparison is fair. */
export const echoOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc-node.flow_control_window': http2WindowBytes,
};
