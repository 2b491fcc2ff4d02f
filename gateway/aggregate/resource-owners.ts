import { matchesTemplate } from './uri-template.ts';

/** URIs, and templates, that are kept of one server. */
const maxKept = 10_000;

type Kind = 'uri' | 'uriTemplate';

/**
 * Whose resources are whose, as the lists that the client was given say. Lists are never read for this alone: reading
 * one is a flow of information to the agent, which changes its labels.
 */
export class ResourceOwners {
  readonly #servers: readonly string[];
  readonly #kept: Readonly<Record<Kind, Map<string, ReadonlySet<string>>>> = {
    uri: new Map(),
    uriTemplate: new Map(),
  };

  /** The servers in the order of the configuration: of two with the same URI, the first has it. */
  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  /** What a server's list of now holds stands for what its earlier one held. */
  keep(server: string, kind: Kind, values: readonly string[]): void {
    this.#kept[kind].set(server, new Set(values.slice(0, maxKept)));
  }

  /** The server whose list names the URI, or else one of whose templates it may come from. */
  ownerOf(uri: string): string | undefined {
    return (
      this.#named('uri', uri) ??
      this.#servers.find((server) =>
        this.#kept.uriTemplate
          .get(server)
          ?.values()
          .some((template) => matchesTemplate(uri, template)),
      )
    );
  }

  /** The server whose list names the template, or else the URI. */
  ownerOfReference(uri: string): string | undefined {
    return this.#named('uriTemplate', uri) ?? this.ownerOf(uri);
  }

  #named(kind: Kind, value: string): string | undefined {
    return this.#servers.find((server) => this.#kept[kind].get(server)?.has(value));
  }
}
