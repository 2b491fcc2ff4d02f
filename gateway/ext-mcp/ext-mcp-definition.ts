import { ExtMcpService, McpRequest, McpResponse } from '../../proto/gen/agentgateway/dev/ext_mcp/ext_mcp.ts';

/** Says nothing that could be judged. */
const nothing = { serviceNames: [], method: '', metadataContext: undefined };

/**
 * The service for a server. A message that does not decode is read as an empty one, which is refused by an answer: an
 * agentgateway with `failOpen` would pass what grpc-js ends with a status.
 */
export const extMcpDefinition: typeof ExtMcpService = {
  ...ExtMcpService,
  checkRequest: {
    ...ExtMcpService.checkRequest,
    requestDeserialize: (bytes: Buffer) =>
      decodedOr(() => McpRequest.decode(bytes), { ...nothing, headers: [] }),
  },
  checkResponse: {
    ...ExtMcpService.checkResponse,
    requestDeserialize: (bytes: Buffer) =>
      decodedOr(() => McpResponse.decode(bytes), { ...nothing, mcpResponse: new Uint8Array() }),
  },
};

function decodedOr<T>(decode: () => T, empty: T): T {
  try {
    return decode();
  } catch {
    return empty;
  }
}
