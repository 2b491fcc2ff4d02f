/** The containers of the Kubernetes manifests agree with the image, and with OpenTelemetry's variables. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { telemetrySettings } from '../../gateway/telemetry/telemetry-settings.ts';
import { readTelemetrySettings } from '../../sidecar/config.ts';
import {
  containersOf,
  hasKubectl,
  type KubernetesObject,
  podsOf,
  rendered,
  shapeProblems,
} from './kubernetes-objects.ts';

const skip = (await hasKubectl()) ? false : 'kubectl is not on this machine: THE MANIFESTS ARE NOT CHECKED';
const root = join(import.meta.dirname, '..', '..');
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
/** The last stage, which is the image. */
const image = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

function dataOf(objects: readonly KubernetesObject[], name: string): Readonly<Record<string, string>> {
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  return (map?.data ?? {}) as Readonly<Record<string, string>>;
}

for (const folder of ['base', 'separate-sidecars']) {
  suite(`the containers of examples/kubernetes/${folder}`, { skip }, () => {
    let objects: readonly KubernetesObject[];
    before(async () => {
      objects = await rendered(folder);
    });

    test('run programs of the image, as users that it knows', async () => {
      assert.match(image, /^WORKDIR \/opt\/sluice$/m);
      assert.match(image, /^ENTRYPOINT \["node"\]$/m);
      const users = await readFile(join(root, 'scripts/runtime-root.ts'), 'utf8');
      for (const pod of podsOf(objects)) {
        for (const { name, command, args = [], securityContext } of containersOf(pod)) {
          assert.deepEqual([command, args[0]], [undefined, `${name}/main.js`]);
          const user = securityContext?.runAsUser ?? pod.securityContext?.runAsUser;
          const line = `'${name}:x:${user}:${pod.securityContext?.runAsGroup}:`;
          assert.ok(users.includes(line), line);
        }
      }
    });

    test('load a guard that the image has', () => {
      const { 'sluice.jsonc': text = '' } = dataOf(objects, 'sluice');
      const [, guard = 'none'] = /"\/opt\/sluice\/([^"]+\.wasm)"/.exec(text) ?? [];
      assert.ok(dockerfile.includes(`\nCOPY ${guard} `), guard);
    });

    test('take OpenTelemetry’s variables from a ConfigMap, where there is one', async () => {
      for (const { name, envFrom } of podsOf(objects).flatMap(containersOf))
        assert.deepEqual(envFrom, [{ configMapRef: { name: 'sluice-telemetry', optional: true } }], name);
    });
  });
}

suite('the component examples/kubernetes/telemetry', { skip }, () => {
  let added: readonly KubernetesObject[];
  before(async () => {
    const names = new Set((await rendered('base')).map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const withTelemetry = await rendered('base', ['telemetry']);
    added = withTelemetry.filter(({ kind, metadata }) => !names.has(`${kind} ${metadata.name}`));
  });

  test('has the shape that Kubernetes takes', async () => {
    assert.equal(await shapeProblems(added), '');
  });

  test('has variables by which both processes send traces and metrics', () => {
    const env = dataOf(added, 'sluice-telemetry');
    for (const settings of [telemetrySettings(env, 'sluice-gateway'), readTelemetrySettings(env)])
      assert.ok(settings.traces !== undefined && settings.metrics !== undefined);
  });

  test('opens a way to the collector and to DNS, and no other', () => {
    const policies = added.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec);
    const text = JSON.stringify(policies);
    const ports = [...text.matchAll(/"port":(\d+)/g)].map(([, port]) => port);
    assert.deepEqual(ports, ['4318', '4318', '53', '53']);
    assert.doesNotMatch(text, /"(podSelector|namespaceSelector)":\{\}/);
  });
});
