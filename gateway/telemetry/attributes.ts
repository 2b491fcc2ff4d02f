// The names of everything that spans and metrics say, once. What is not ours is in OpenTelemetry's semantic conventions
// (MCP, GenAI, RPC, JSON-RPC, network). Tags, arguments and results are never among them.

/** The attributes of spans and metrics. */
export const attribute = {
  mcpMethod: 'mcp.method.name',
  mcpSession: 'mcp.session.id',
  mcpRevision: 'mcp.protocol.version',
  tool: 'gen_ai.tool.name',
  operation: 'gen_ai.operation.name',
  requestId: 'jsonrpc.request.id',
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  /** `tcp`, `pipe` (standard input and output) or `unix`. */
  transport: 'network.transport',
  /** `http`. */
  protocol: 'network.protocol.name',
  /** The host of a server over HTTP, as it is configured. */
  address: 'server.address',
  port: 'server.port',
  errorType: 'error.type',
  /** The server's name in the configuration. */
  server: 'sluice.server.name',
  /** The guard's name in the configuration. */
  guard: 'sluice.guard.name',
  /** The SHA-256 of its module. */
  guardDigest: 'sluice.guard.digest',
  /** `label_agent`, `label_resource` or `label_response`. */
  guardQuestion: 'sluice.guard.question',
  /** Of a guard's own call: what it was told, in the words of the guard ABI; `OK` where it got a result. */
  backendCode: 'sluice.guard.backend_call.code',
  /** `result`, `denied` or `failed`. */
  outcome: 'sluice.difc.outcome',
  /** Why a call was denied or failed. */
  reason: 'sluice.difc.reason',
  /** `read`, `write` or `read-write`. */
  difcOperation: 'sluice.difc.operation',
  /** `strict`, `filter` or `propagate`. */
  mode: 'sluice.difc.mode',
  /** Why items were withheld: `secrecy`, `integrity`, or `form`: they were in a form of the result that cannot be filtered. */
  withheldBy: 'sluice.difc.withheld_by',
  /** The privilege's name in the configuration. */
  privilege: 'sluice.privilege.name',
  /** `starting`, `ready` or `unavailable`, as `/health` has it. */
  serverState: 'sluice.server.state',
  /** How many items of the result were withheld. */
  withheld: 'sluice.difc.items_withheld',
  /** Whether the agent carries more taint, or less trust, after the call. */
  isTainted: 'sluice.difc.tainted',
  /** Whom the agent session belongs to. */
  principal: 'sluice.difc.principal',
} as const;

/** What spans are called that no convention names. */
export const spanName = {
  labelAgent: 'guard.label_agent',
  labelResource: 'guard.label_resource',
  labelResponse: 'guard.label_response',
  decide: 'difc.decide',
  filter: 'difc.filter',
  /** And the name of the tool. */
  callBackend: 'call_backend',
} as const;
