/** What the gateway reads from its configuration: parsed, checked, expanded and frozen. */
import type { Bounds } from '../monitor/bounds.ts';
import type { JsonObject } from '../policy/json-value.ts';
import type { WriteSinkPolicy } from '../policy/write-sink.ts';
import type { TcpAddress } from './address.ts';
import type { ExtMcpConfig } from './ext-mcp-config.ts';
import type { SidecarConfig } from './sidecar-config.ts';

export interface GatewayConfig extends GatewaySettings {
  readonly servers: readonly ServerConfig[];
  /**
   * The variables that the `guards` section refers to, with their values: all the environment that a sidecar of the
   * gateway's own needs.
   */
  readonly guardsEnvironment: Readonly<Record<string, string>>;
}

/** The `gateway` section. */
export interface GatewaySettings {
  /** Loopback, unless there are keys or clients show certificates. Port 0: any free one. */
  readonly listen: TcpAddress;
  /** The bearer keys of clients, each a principal's; none: none is asked for (docs/access.md says who is who then). */
  readonly keys: readonly BearerKey[];
  /** Undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** The names besides those of loopback that clients call it by, lower-case; none: any, where it listens beyond loopback. */
  readonly hosts: readonly string[];
  /** The principals that see and end what others do. */
  readonly operators: readonly string[];
  /** The principals besides these that read `/metrics`. */
  readonly scrapers: readonly string[];
  /** The rules by which agents may lose secrecy or gain integrity (difc.md, "Privileges"); none: there is no way. */
  readonly privileges: readonly PrivilegeConfig[];
  /** How long requests may go on after `POST /close`. */
  readonly shutdownTimeoutMs: number;
  /** The operator's floor (difc.md, "Modes"); undefined: each guard's own mode applies. */
  readonly guardsMode: 'strict' | 'filter' | 'propagate' | undefined;
  /** Where sidecars listen; undefined: the gateway starts its own. */
  readonly sidecar: SidecarConfig | undefined;
  /** `quiet`: what was withheld is not even counted to the client. */
  readonly notice: 'full' | 'quiet';
  /** For a whole tool call, labelings included, of a server that does not say otherwise. */
  readonly toolTimeoutMs: number;
  /** Between a server's name and its tool's, on the aggregated route. */
  readonly separator: string;
  /** Where results go that are too large for an agent; undefined: results of any size are delivered as they are. */
  readonly payloads: PayloadConfig | undefined;
  /** Where it is written down what becomes of calls; undefined: nowhere. */
  readonly audit?: AuditConfig | undefined;
  /** Where agentgateway asks about its requests; undefined: nowhere. */
  readonly extMcp?: ExtMcpConfig | undefined;
}

/** The audit trail (docs/audit.md). */
export interface AuditConfig {
  /** Absolute. */
  readonly file: string;
  /** Whether tags can be compared in it, and not read. */
  readonly redact: boolean;
  /** A file that has grown to this is rotated. */
  readonly maxBytes: number;
  /** How many rotated files are kept. */
  readonly keep: number;
  /** Whether calls are refused while it cannot be written. */
  readonly required: boolean;
}

/** What an agent may become after a tool of the operator's choice has said yes. */
export interface PrivilegeConfig {
  readonly name: string;
  /** Those whose agents may use it. */
  readonly principals: readonly string[];
  /** The configured server whose tool decides. */
  readonly server: string;
  /** Its tool, by the server's own name for it. */
  readonly tool: string;
  /** The only arguments that count: who asks must not word the question. */
  readonly args: JsonObject;
  /** What the result must say, all of it; none: any result that is no error. */
  readonly result: readonly ResultCondition[];
  /** Whether the answer counts although the agent's client has told the server something meanwhile. */
  readonly clientAnswers: boolean;
  /** Tags of the secrecy to drop. */
  readonly drop: readonly string[];
  /** Tags of the integrity to add. */
  readonly add: readonly string[];
  /** How often in one agent session; undefined: as often as the tool says yes. */
  readonly uses: number | undefined;
  /** For how long each time; undefined: until the agent session ends. */
  readonly durationMs: number | undefined;
}

/** What stands at a place of a tool result. */
export interface ResultCondition {
  /** RFC 6901, from the root of the tool result. */
  readonly pointer: string;
  readonly value: string | number | boolean;
}

/** A key, and who whoever sends it is. */
export interface BearerKey {
  readonly principal: string;
  readonly key: string;
}

/** PEM texts. */
export interface TlsConfig {
  readonly certificate: string;
  readonly privateKey: string;
  /** Clients must show a certificate that this authority signed; undefined: none is asked for. */
  readonly clientAuthority: string | undefined;
}

/** Results above a size are written to a file, and the agent is told where (gh-aw's payload spill). */
export interface PayloadConfig {
  /** Absolute. */
  readonly folder: string;
  /** What stands for `folder` in the paths that agents are told: where their container mounts it. */
  readonly pathPrefix: string | undefined;
  /** Larger results are spilled, in bytes of the result's JSON. */
  readonly thresholdBytes: number;
}

/** One entry of `mcpServers`. */
export interface ServerConfig {
  /** The last part of its route: 1 to 64 letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  readonly transport: StdioConfig | HttpConfig;
  readonly guard: ServerGuard;
  /** The tools that clients may see and call; undefined: all. */
  readonly tools: readonly string[] | undefined;
  /** Which secrecy may be sent to this server at all (difc.md, "Bounds"); `*`: any. */
  readonly audience: readonly string[];
  /** What its guard may say; undefined: whatever it says counts. */
  readonly bounds: Bounds | undefined;
  /** Who vouches for its lists, its descriptions and its `instructions`; `*`: whoever the agent trusts. */
  readonly integrity: readonly string[];
  /** Whether each client session has a connection of its own to it, or all share one. */
  readonly connection: 'session' | 'shared';
  /** How long the server may take to be reached and to answer `initialize`. */
  readonly connectTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** By tool, the jq program that its results are rewritten with before they are delivered. */
  readonly responseFilters: Readonly<Record<string, string>>;
  /** When calls are refused since the server said that they are too many; undefined: never. */
  readonly rateLimitBreaker: RateLimitBreakerConfig | undefined;
}

/** Counts results in a row in which a server says that it is called too often. */
export interface RateLimitBreakerConfig {
  /** So many in a row open it. */
  readonly threshold: number;
  /** How long it stays open where the server does not say when its limit ends. */
  readonly cooldownMs: number;
}

/** A server that is a process of the gateway's. */
export interface StdioConfig {
  readonly kind: 'stdio';
  /** An absolute path, or a name that the search path leads to. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** Given where the process is the client of a container runtime that is attached to the server's container. */
  readonly container?: ContainerRun;
}

/** What must be known of a container beside the command line that runs it. */
export interface ContainerRun {
  /** The arguments of the client before `run`: they stand before every other of its commands, too. */
  readonly runtimeArgs: readonly string[];
  /** What it is given of this machine, and where that led when it was judged: it is not started once one leads elsewhere. */
  readonly mounts: readonly { readonly path: string; readonly leadsTo: string }[];
}

/** A server that is reached by Streamable HTTP. */
export interface HttpConfig {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the bearer token of its requests comes from; undefined: they carry none but what `headers` says. */
  readonly credentials: ServerCredentials | undefined;
}

/** How to get a bearer token for a server. */
export type ServerCredentials = ClientCredentials | GithubOidc;

/** OAuth 2.1, client credentials grant. */
export interface ClientCredentials {
  readonly kind: 'client-credentials';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** The `resource` of RFC 8707; undefined: none is named. */
  readonly resource: string | undefined;
}

/** The identity token of a GitHub Actions job. */
export interface GithubOidc {
  readonly kind: 'github-oidc';
  /** Whom the token is for. */
  readonly audience: string;
  /** From `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  readonly requestUrl: string;
  readonly requestToken: string;
}

/** Who labels what a server does. */
export type ServerGuard = NoopGuard | WriteSinkPolicy | WasmGuard | UnavailableGuard;

/** No labels, and every call a read-write. */
export interface NoopGuard {
  readonly kind: 'noop';
}

/** A guard of the sidecar's. */
export interface WasmGuard {
  readonly kind: 'wasm';
  /** Its name in `guards`, which the sidecar knows it by. */
  readonly name: string;
  /** Its `path` as it is written, variables and all: what kind of guard it is can be told by its last part. */
  readonly file: string;
  /** What `label_agent` is given: the server's own policy, else the guard's, else `{}`. */
  readonly policy: JsonObject;
  /** Tools that the guard may call; undefined: those that the server calls read-only. */
  readonly backendTools: readonly string[] | undefined;
  /** Tools, and the calls of each that one session may make: what an allow-only policy says to the gateway itself. */
  readonly toolCallLimits: readonly (readonly [tool: string, calls: number])[];
}

/** A guard that this gateway has no way to run: its server answers no calls. */
export interface UnavailableGuard {
  readonly kind: 'unavailable';
  readonly name: string;
  /** One sentence. */
  readonly reason: string;
}
