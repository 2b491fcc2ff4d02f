/** What the gateway reads from its configuration: parsed, checked, expanded and frozen. */
import type { JsonObject } from '../policy/json-value.ts';
import type { WriteSinkPolicy } from '../policy/write-sink.ts';
import type { TcpAddress, UnixAddress } from './address.ts';

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
  /** Loopback, unless there is a key. Port 0: any free one. */
  readonly listen: TcpAddress;
  /** The bearer key of clients; undefined: none is asked for. */
  readonly apiKey: string | undefined;
  /** The operator's floor (difc.md, "Modes"); undefined: each guard's own mode applies. */
  readonly guardsMode: 'strict' | 'filter' | 'propagate' | undefined;
  /** Where a sidecar listens; undefined: the gateway starts its own. */
  readonly sidecar: TcpAddress | UnixAddress | undefined;
  /** `quiet`: what was withheld is not even counted to the client. */
  readonly notice: 'full' | 'quiet';
  /** For a whole tool call, labelings included, of a server that does not say otherwise. */
  readonly toolTimeoutMs: number;
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
  readonly toolTimeoutMs: number;
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
}

/** A server that is reached by Streamable HTTP. */
export interface HttpConfig {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
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
