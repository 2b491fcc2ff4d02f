import type { Environment } from './expand-variables.ts';
import type { RunOption } from './run-options.ts';

/** How a client finds its daemon, its registries and its own files. */
const clientVariables = `
  DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_API_VERSION
  DOCKER_DEFAULT_PLATFORM CONTAINER_HOST CONTAINER_SSHKEY CONTAINERS_CONF CONTAINERS_STORAGE_CONF REGISTRY_AUTH_FILE
  XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME SSH_AUTH_SOCK TMPDIR
  HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy`;

/** Variables that steer a client, or the programs that it starts. */
const steering =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|(DOCKER|CONTAINERS?|_CONTAINERS|STORAGE|REGISTRY|XDG|LD|SSH|SSL|OTEL|BUILDKIT)_.*|GO.*|.*_PROXY|DBUS_.*|NO_COLOR|PYTHONUNBUFFERED)$/i;

/** Whether a value for a container must stay out of the environment of the client. */
export function steersClient(name: string): boolean {
  return steering.test(name);
}

/** What the client of a container runtime gets of the gateway's environment; `passed` are the names that it is to pass on. */
export function clientEnvironment(
  env: Environment,
  passed: readonly string[],
): Readonly<Record<string, string>> {
  const wanted = [...clientVariables.trim().split(/\s+/), ...passed].flatMap((name) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(wanted);
}

/** The names of `-e NAME`: without a value it stands for the client's own. */
export function passedByOptions(options: readonly RunOption[]): readonly string[] {
  return options.flatMap(({ name, value }) =>
    name === 'env' && value !== undefined && !value.includes('=') ? [value] : [],
  );
}
