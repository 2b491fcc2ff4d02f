import {
  LabelerServiceService,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { deserializer, serializer } from '../../proto/message-codec.ts';

/**
 * The labeling service for a server. A message that does not decode is read as an empty one, which ends its stream with a
 * reason of ours, behind the answers that are being written. The status that grpc-js has for it would overtake them, and
 * then the stream never ends (1.14).
 */
export const labelerDefinition: typeof LabelerServiceService = {
  ...LabelerServiceService,
  session: {
    ...LabelerServiceService.session,
    requestDeserialize: decodedOrEmpty,
    responseSerialize: serializer(SessionResponse),
  },
};

const decoded = deserializer(SessionRequest);

function decodedOrEmpty(bytes: Buffer): SessionRequest {
  try {
    return decoded(bytes);
  } catch {
    return { message: undefined };
  }
}
