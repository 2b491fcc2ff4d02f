/** The Kubernetes manifests: rendered by kustomize, of the shape that Kubernetes takes, and as narrow as they say. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseConfig } from '../../gateway/config.ts';
import { parseConfig as parseSidecarConfig } from '../../sidecar/config.ts';
import { listenPlan } from '../../sidecar/service/listen-plan.ts';
import { CertificateAuthority } from '../harness/certificates.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import {
  containersOf,
  deploymentsOf,
  hasKubectl,
  isForeign,
  type KubernetesObject,
  podsOf,
  policiesOf,
  rendered,
  shapeProblems,
} from './kubernetes-objects.ts';

const skip = (await hasKubectl()) ? false : 'kubectl is not on this machine: THE MANIFESTS ARE NOT CHECKED';

const gatewayPods = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/component': 'gateway' };
const sidecarPods = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/component': 'sidecar' };

/** The value behind a flag of the sidecar's command line. */
function flag(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args[at + 1];
}

for (const folder of ['base', 'separate-sidecars']) {
  suite(`examples/kubernetes/${folder}`, { skip }, () => {
    let objects: readonly KubernetesObject[];
    let files: string;
    before(async () => {
      objects = await rendered(folder);
      files = await temporaryFolder();
    });
    after(() => rm(files, { recursive: true, force: true }));

    test('has the shape that Kubernetes takes', async () => {
      assert.equal(await shapeProblems(objects.filter((object) => !isForeign(object))), '');
    });

    test('enforces the restricted pod security standard, and keeps it', () => {
      const [namespace] = objects.filter(({ kind }) => kind === 'Namespace');
      assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
      for (const pod of podsOf(objects)) {
        assert.equal(pod.securityContext?.runAsNonRoot, true);
        assert.deepEqual(pod.securityContext?.seccompProfile, { type: 'RuntimeDefault' });
        assert.deepEqual([pod.hostNetwork, pod.hostPID, pod.hostIPC], [undefined, undefined, undefined]);
        for (const { securityContext } of containersOf(pod)) {
          const { runAsUser: its, ...own } = securityContext ?? {};
          const runAsUser: number | undefined = its ?? pod.securityContext?.runAsUser;
          assert.ok(runAsUser !== undefined && runAsUser > 0, 'a user of its own');
          assert.deepEqual(own, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
        }
      }
    });

    test('gives no pod a token of the cluster, and writes no file outside of memory', () => {
      for (const pod of podsOf(objects)) {
        assert.equal(pod.automountServiceAccountToken, false);
        for (const { emptyDir, hostPath, secret } of pod.volumes ?? []) {
          if (emptyDir !== undefined)
            assert.ok(emptyDir.medium === 'Memory' && emptyDir.sizeLimit !== undefined);
          if (secret !== undefined) assert.equal(secret.defaultMode, 0o440);
          assert.equal(hostPath, undefined);
        }
      }
    });

    test('bounds each container in CPU time, memory and storage, and asks each for its health', () => {
      for (const { name, resources, livenessProbe, startupProbe } of podsOf(objects).flatMap(containersOf)) {
        assert.deepEqual(
          Object.keys(resources?.limits ?? {}).sort(),
          ['cpu', 'ephemeral-storage', 'memory'],
          name,
        );
        assert.ok(livenessProbe !== undefined && startupProbe !== undefined, name);
      }
    });

    test('denies all traffic, and allows no more than what is needed', () => {
      const policies = policiesOf(objects);
      const [all] = policies.filter(({ metadata }) => metadata?.name === 'deny-all');
      assert.deepEqual(all?.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      for (const { metadata, spec } of policies) {
        for (const { from = [], ports = [] } of spec?.ingress ?? [])
          assert.ok(from.length > 0 && ports.length > 0, `${metadata?.name} lets everybody in`);
        for (const { to = [], ports = [] } of spec?.egress ?? [])
          assert.ok(to.length > 0 && ports.length > 0, `${metadata?.name} lets everything out`);
      }
    });

    test('never runs two gateways at once: each would know half of what an agent has learnt', () => {
      const [gateway] = deploymentsOf(objects).filter(({ metadata }) => metadata?.name === 'sluice-gateway');
      assert.deepEqual([gateway?.spec?.replicas, gateway?.spec?.strategy?.type], [1, 'Recreate']);
    });

    test('selects with each service, budget and policy pods that there are', () => {
      const labels = deploymentsOf(objects).map(({ spec }) => spec?.template.metadata?.labels);
      const isOneOf = (selector: unknown) =>
        labels.some((each) => JSON.stringify(each) === JSON.stringify(selector));
      for (const { kind, metadata, spec } of objects) {
        const { selector } = (spec ?? {}) as { selector?: { matchLabels?: unknown } };
        if (kind === 'Service') assert.ok(isOneOf(selector), metadata.name);
        if (kind === 'PodDisruptionBudget') assert.ok(isOneOf(selector?.matchLabels), metadata.name);
      }
    });

    test('configures both processes with what they take', async () => {
      const [map] = objects.filter(({ kind }) => kind === 'ConfigMap');
      const data = map?.data as { 'sluice.jsonc': string };
      const authority = await CertificateAuthority.create(files);
      const identity = await authority.issue('gateway', { subject: '/CN=gateway', usage: 'clientAuth' });
      await mkdir(join(files, 'sluice-keys'), { recursive: true });
      for (const name of ['agents', 'operator'])
        await writeFile(join(files, 'sluice-keys', name), `a-key-of-the-tests-${name}`, { mode: 0o600 });
      const text = data['sluice.jsonc']
        .replaceAll('/etc/sluice-keys', join(files, 'sluice-keys'))
        .replaceAll('/etc/sluice-tls/ca.crt', authority.identity.certificateFile)
        .replaceAll('/etc/sluice-tls/tls.crt', identity.certificateFile)
        .replaceAll('/etc/sluice-tls/tls.key', identity.keyFile);
      const { sidecar, keys, operators } = parseConfig(text, { folder: files, env: {} });
      // An operator may close the gateway, and labels go with it: never by the agents' key.
      assert.deepEqual(
        [keys.map(({ principal }) => principal), operators],
        [['agents', 'operator'], ['operator']],
      );
      assert.deepEqual(parseSidecarConfig(text, { folder: files, env: {} }).guards.length, 1);
      const { args = [] } =
        podsOf(objects)
          .flatMap(containersOf)
          .find(({ name }) => name === 'sidecar') ?? {};
      const plan = listenPlan({
        listen: flag(args, '--listen') ?? '',
        'health-listen': flag(args, '--health-listen'),
        'tls-cert': flag(args, '--tls-cert'),
        'tls-key': flag(args, '--tls-key'),
        'tls-client-ca': flag(args, '--tls-client-ca'),
      });
      assert.equal(plan.healthListen, '0.0.0.0:8081');
      const [address] = sidecar?.addresses ?? [];
      if (address?.kind === 'unix') assert.equal(plan.listen, `unix:${address.path}`);
      else
        assert.deepEqual(
          [address?.kind, address?.host, plan.listen],
          ['dns', 'sluice-sidecars', '0.0.0.0:50051'],
        );
      assert.equal(plan.tls === undefined, address?.kind === 'unix');
    });
  });
}

suite('the sidecars of examples/kubernetes/separate-sidecars', { skip }, () => {
  let objects: readonly KubernetesObject[];
  before(async () => {
    objects = await rendered('separate-sidecars');
  });

  test('are reached by the gateway alone, and reach nothing', () => {
    const [policy] = policiesOf(objects).filter(({ metadata }) => metadata?.name === 'sluice-sidecars');
    assert.deepEqual(policy?.spec, {
      podSelector: { matchLabels: sidecarPods },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: gatewayPods } }],
          ports: [{ protocol: 'TCP', port: 50051 }],
        },
      ],
    });
  });

  test('are several, named together by a headless service, of which one at a time may go', () => {
    const service = objects.find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === 'sluice-sidecars',
    );
    assert.equal((service?.spec as { clusterIP?: string } | undefined)?.clusterIP, 'None');
    const budget = objects.find(({ kind }) => kind === 'PodDisruptionBudget');
    assert.equal((budget?.spec as { maxUnavailable?: number } | undefined)?.maxUnavailable, 1);
    const [sidecars] = deploymentsOf(objects).filter(({ metadata }) => metadata?.name === 'sluice-sidecars');
    assert.ok((sidecars?.spec?.replicas ?? 0) > 1);
  });

  test('have certificates for their name and for servers, the gateway one for clients', () => {
    const certificates = objects.filter(({ kind }) => kind === 'Certificate');
    const specs = new Map(
      certificates.map(({ spec }) => spec as { secretName: string }).map((spec) => [spec.secretName, spec]),
    );
    const pick = (name: string) => {
      const { dnsNames, usages } = (specs.get(name) ?? {}) as { dnsNames?: string[]; usages?: string[] };
      return [dnsNames, usages?.at(-1)];
    };
    assert.deepEqual(pick('sluice-sidecar-tls'), [['sluice-sidecars'], 'server auth']);
    assert.deepEqual(pick('sluice-gateway-tls'), [['sluice-gateway'], 'client auth']);
    const used = podsOf(objects).flatMap(({ volumes = [] }) =>
      volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    );
    assert.deepEqual(used.sort(), ['sluice-gateway-tls', 'sluice-keys', 'sluice-sidecar-tls']);
  });
});

suite('the check of shapes', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
  const container = { name: 'c', image: 'i' };

  test('finds nothing wrong with a pod', async () => {
    assert.equal(await shapeProblems([{ ...pod, spec: { containers: [container] } }]), '');
  });

  for (const [what, spec] of [
    ['a field that is misspelt', { containers: [{ ...container, securityContexts: {} }] }],
    ['a field that is missing', { containers: [{ image: 'i' }] }],
    ['a value of another type', { containers: [container], hostNetwork: 'no' }],
  ] as const) {
    test(`finds ${what}`, async () => {
      assert.match(await shapeProblems([{ ...pod, spec }]), /error TS/);
    });
  }
});
