// The names of everything that the sidecar's spans and metrics say, once. What is not ours is in OpenTelemetry's semantic
// conventions (RPC, GenAI). Tags, arguments, results and words of guards are never among them.

/** The attributes of spans and metrics. */
export const attribute = {
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  /** The gRPC status, by name. */
  responseStatus: 'rpc.response.status_code',
  /** The reason of a failure, in the protocol's words (`GUARD_TRAPPED`, `BUDGET_EXCEEDED`, …). */
  errorType: 'error.type',
  /** A tool that the gateway called for a guard. */
  tool: 'gen_ai.tool.name',
  /** The guard's name in the configuration. */
  guard: 'sluice.guard.name',
  /** The SHA-256 of its module. */
  guardDigest: 'sluice.guard.digest',
  /** `label_agent`, `label_resource` or `label_response`. */
  guardQuestion: 'sluice.guard.question',
  /** Of a guard's own call: what it was told, in the words of the guard ABI, `OK` with a result; or why nobody told it. */
  backendCode: 'sluice.guard.backend_call.code',
  /** Which run of its labeling a turn belongs to: 2 after the process of the first was lost. */
  run: 'sluice.guard.run',
  /** How a turn ended: `returned`, `backend_call`, `sleep` or `failed`. */
  turnEnd: 'sluice.guard.turn.end',
  /** CPU time that a turn burnt, in milliseconds. */
  turnCpuMs: 'sluice.guard.turn.cpu_ms',
  /** The guard process, as in the log. */
  processId: 'sluice.guard.process.pid',
  /** `serving`, `spare` or `retiring`. */
  processRole: 'sluice.guard.process.role',
  /** `idle`: it rests between questions; `used`. */
  instanceState: 'sluice.guard.instance.state',
  /** `serving`, `unavailable`, `held_back` or `quarantined`. */
  guardState: 'sluice.guard.state',
} as const;

/** What spans are called; those of questions are called by the question and the guard. */
export const spanName = {
  /** The wait for a turn of the process. */
  queue: 'guard.queue',
  /** The wait for a process that starts. */
  process: 'guard.process',
  /** `label_agent` for a new instance of a session that is open. */
  prime: 'guard.prime',
  /** One turn of the guest. */
  run: 'guard.run',
  /** And the name of the tool, where the gateway called it. */
  callBackend: 'call_backend',
} as const;
