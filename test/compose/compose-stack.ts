/** The stack of docker-compose.yml, as users get it, on a daemon. */

import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './docker-daemon.ts';
import type { ContainerFacts } from './inside.ts';

const folder = import.meta.dirname;
/** There is no event for the health of a container, in milliseconds. */
const checkMs = 100;

export const apiKey = 'a-key-of-the-test-only-0123456789';
export const operatorKey = 'a-key-of-the-operator-0123456789';

/** The services of the file. */
export type Service = 'sidecar' | 'gateway' | 'demo-server' | 'collector' | 'sidecar-tcp' | 'gateway-tcp';

/** A server that this machine reaches. */
export interface InternetServer {
  /** Its IP address: containers without a way to it may have none to name servers either. */
  readonly address: string;
  readonly port: number;
}

/** The package registry that the images were built from. */
export async function packageRegistry(): Promise<InternetServer> {
  const url = new URL((await run('npm', ['config', 'get', 'registry'])).trim());
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  return { address: (await lookup(url.hostname, { family: 4 })).address, port };
}

/** What Docker says of a container. */
export interface ContainerState {
  readonly RestartCount: number;
  readonly State: {
    readonly Pid: number;
    readonly Status: string;
    readonly Health?: { readonly Status: string };
  };
}

export class ComposeStack implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  #url = '';
  #urlOverTcp = '';

  private constructor(host: string) {
    this.#env = {
      DOCKER_HOST: host,
      COMPOSE_PROJECT_NAME: 'sluice-test',
      COMPOSE_FILE: ['docker-compose.yml', 'test/compose/docker-compose.test.yml'].join(':'),
      BASE_IMAGE: 'sluice-test-node:local',
      SLUICE_API_KEY: apiKey,
      SLUICE_OPERATOR_KEY: operatorKey,
      // Any free one.
      SLUICE_PORT: '0',
      SLUICE_TCP_PORT: '0',
      COMPOSE_PROFILES: 'observability,tcp',
      SLUICE_TELEMETRY: 'otlp',
    };
  }

  /** Builds the images on a stand-in of the base image, and starts the stack; it is ready then. */
  static async up(host: string): Promise<ComposeStack> {
    const stack = new ComposeStack(host);
    const node = process.execPath;
    await run(join(folder, 'node-image.sh'), ['sluice-test-node:local', node], stack.#env);
    try {
      await stack.compose('build');
      const standIn = ['-f', join(folder, 'stand-in-collector.Dockerfile'), folder];
      await stack.docker(['build', '-q', '-t', 'otel/opentelemetry-collector:0.160.0', ...standIn]);
      // All but the viewer.
      await stack.compose('up', '-d', 'gateway', 'gateway-tcp', 'collector', 'otlp-socket');
      stack.#url = `http://${(await stack.compose('port', 'gateway', '3000')).trim()}`;
      stack.#urlOverTcp = `http://${(await stack.compose('port', 'gateway-tcp', '3000')).trim()}`;
      await stack.readiness(200);
      return stack;
    } catch (error) {
      const log = await stack.compose('logs', '--no-color', '--tail', '50');
      await stack[Symbol.asyncDispose]();
      throw new Error(`the stack did not come up: ${log}`, { cause: error });
    }
  }

  get url(): string {
    return this.#url;
  }

  /** Of the gateway in the profile `tcp`. */
  get urlOverTcp(): string {
    return this.#urlOverTcp;
  }

  compose(...args: readonly string[]): Promise<string> {
    return run('docker-compose', args, this.#env);
  }

  docker(args: readonly string[], input = ''): Promise<string> {
    return run('docker', args, this.#env, input);
  }

  /** What is found inside the container of a service. */
  async inside(service: Service, internet: InternetServer): Promise<ContainerFacts> {
    const script = await readFile(join(folder, 'inside.ts'), 'utf8');
    const node = ['node', '--input-type=module-typescript', '-', internet.address, String(internet.port)];
    return JSON.parse(await this.docker(['exec', '-i', await this.container(service), ...node], script));
  }

  async state(service: Service): Promise<ContainerState> {
    const [state] = JSON.parse(await this.docker(['inspect', await this.container(service)]));
    return state;
  }

  /** The container of a service, or the first of them, also of one that is stopped. */
  async container(service: Service): Promise<string> {
    const [first = ''] = await this.containers(service);
    return first;
  }

  async containers(service: Service): Promise<string[]> {
    const label = `label=com.docker.compose.service=${service}`;
    return (await this.docker(['ps', '-aq', '--filter', label])).trim().split('\n');
  }

  /** Waits until the container of a service is so. */
  async becomes(service: Service, is: (state: ContainerState) => boolean): Promise<void> {
    while (!is(await this.state(service))) await delay(checkMs);
  }

  /** Waits until a service has logged a text. */
  async logged(service: Service, words: string): Promise<void> {
    while (!(await this.compose('logs', '--no-color', service)).includes(words)) await delay(checkMs);
  }

  /** Waits until `GET /ready` is answered with a status. */
  async readiness(status: number): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.url}/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === status) return;
      await delay(checkMs);
    }
  }

  /** Waits until the gateway of the profile `tcp` says of so many sidecars that they are ready. */
  async sidecarsReady(count: number): Promise<void> {
    for (;;) {
      const health = await (await fetch(`${this.urlOverTcp}/health`)).json();
      const { sidecars = {} } = health as { sidecars?: Readonly<Record<string, { state: string }>> };
      if (Object.values(sidecars).filter(({ state }) => state === 'ready').length === count) return;
      await delay(checkMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '5');
  }
}
