import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import { parseAllDocuments } from 'yaml';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** An object as Kubernetes is given it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** Whether this machine has kubectl, which brings kustomize. */
export async function hasKubectl(): Promise<boolean> {
  return run('kubectl', ['kustomize', '--help']).then(
    () => true,
    () => false,
  );
}

/** The objects that kustomize makes of a folder of examples/kubernetes, with components of it. */
export async function rendered(
  folder: string,
  components: readonly string[] = [],
): Promise<KubernetesObject[]> {
  const target = await temporaryFolder();
  // It takes no absolute paths.
  const from = (name: string) => relative(target, join(root, 'examples/kubernetes', name));
  const kustomization = { resources: [from(folder)], components: components.map(from) };
  await writeFile(join(target, 'kustomization.yaml'), JSON.stringify(kustomization));
  const { stdout } = await run('kubectl', ['kustomize', target]).finally(() =>
    rm(target, { recursive: true, force: true }),
  );
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
}

/** The types of each kind that the examples use, by the modules of kubernetes-types. */
const modules: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
};

/** True for what Kubernetes itself has no type of. */
export function isForeign({ apiVersion }: KubernetesObject): boolean {
  return !(apiVersion in modules);
}

/**
 * What is wrong with the shape of objects, as the compiler says: fields that are missing, misspelt, or of another type. As
 * literals, since only those may have no field too many.
 */
export async function shapeProblems(objects: readonly KubernetesObject[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  const lines = objects.map(
    (object, index) =>
      `export const o${index}: import('kubernetes-types/${modules[object.apiVersion]}').${object.kind} = ${JSON.stringify(object)};`,
  );
  const paths = { 'kubernetes-types/*': [join(root, 'node_modules/kubernetes-types/*')] };
  const compilerOptions = { strict: true, noEmit: true, types: [], module: 'nodenext', paths };
  try {
    await writeFile(join(folder, 'objects.ts'), lines.join('\n'));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['objects.ts'] }),
    );
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
    return '';
  } catch (error) {
    return String(error instanceof Error && 'stdout' in error ? error.stdout : error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The pods that deployments make. */
export function podsOf(objects: readonly KubernetesObject[]): PodSpec[] {
  return deploymentsOf(objects).flatMap(({ spec }) => spec?.template.spec ?? []);
}

/** All containers of a pod, those that start first included. */
export function containersOf({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

export function deploymentsOf(objects: readonly KubernetesObject[]): Deployment[] {
  return objects.filter(({ kind }) => kind === 'Deployment') as Deployment[];
}

export function policiesOf(objects: readonly KubernetesObject[]): NetworkPolicy[] {
  return objects.filter(({ kind }) => kind === 'NetworkPolicy') as NetworkPolicy[];
}
