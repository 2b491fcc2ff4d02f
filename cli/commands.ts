/** What stands behind a word of `sluice`. */
export interface Command {
  /** One line for `sluice --help`. */
  readonly about: string;
  /** What the program is told before the rest of the command line. */
  readonly words: readonly string[];
  /** Runs the program, as if it had been started by itself. */
  readonly run: () => Promise<unknown>;
}

const gateway = () => import('../gateway/main.ts');

/** Every word, in the order of `sluice --help`. A further one is one line here. */
export const commands: Readonly<Record<string, Command>> = {
  gateway: { about: 'stands between MCP clients and servers, and decides', words: [], run: gateway },
  sidecar: { about: 'runs guards, and labels', words: [], run: () => import('../sidecar/main.ts') },
  check: { about: 'explains a configuration, starts nothing', words: ['check'], run: gateway },
  explain: { about: 'says what would become of one tool call, and why', words: ['explain'], run: gateway },
  audit: { about: 'verifies an audit trail, or reports on it', words: ['audit'], run: gateway },
  guard: {
    about: 'inspects, tries, tests and records guards',
    words: [],
    run: () => import('../sidecar/guard-command/main.ts'),
  },
  conformance: {
    about: 'holds a foreign sidecar or gateway against the contract',
    words: [],
    run: () => import('../conformance/main.ts'),
  },
  quickstart: {
    about: 'a gateway to try, with a folder and an outbox behind it',
    words: [],
    run: () => import('../examples/quickstart/start.ts'),
  },
  demo: {
    about: 'an agent that plays against the quickstart',
    words: [],
    run: () => import('../examples/quickstart/demo.ts'),
  },
};
