/** Part F: answers that are odd, and can be read in one way only; and guards that answer from what is not theirs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Operation } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description, json, type Labels } from '../../harness/guard-stream.ts';
import { HostileGuards, hasEnd } from '../../harness/hostile-guards.ts';

const million = 1_000_000;

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      'echoes-backend': {},
      'asks-backend-for-policy': {},
      'grows-after-writing': {},
      'remembers-policy': {},
      'counts-calls': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  it('F5 answers with names that JavaScript has by itself and numbers beyond a double is read', async () => {
    const odd = '{"__proto__":{"secrecy":["x"]},"constructor":1e400,"resource":{"secrecy":["s"]},"n":1e400}';
    assert.deepEqual(await resourceOf(odd), {
      resource: { description: '', secrecy: ['s'], integrity: [] },
      operation: Operation.OPERATION_READ_WRITE,
    });
  });

  it('F5 answers with a million names is read', async () => {
    const names = Array.from({ length: 200_000 }, (_, name) => `"k${name}":0`).join();
    assert.equal(
      (await resourceOf(`{${names},"resource":{"description":"read"}}`)).resource?.description,
      'read',
    );
  });

  it('F6 answers with null or missing lists has empty ones', async () => {
    const { resource } = await resourceOf('{"resource":{"secrecy":null}}');
    assert.deepEqual(resource, { description: '', secrecy: [], integrity: [] });
  });

  for (const operation of ['"delete"', '"READ"', '" read"', '["read"]', 'null', '1', '"read-write"']) {
    it(`F8 calls its operation ${operation} is taken to read and write`, async () => {
      const labels = await resourceOf(`{"resource":{},"operation":${operation}}`);
      assert.equal(labels.operation, Operation.OPERATION_READ_WRITE);
    });
  }

  it('F8 names no operation is taken to read and write', async () => {
    assert.equal((await resourceOf('{"resource":{}}')).operation, Operation.OPERATION_READ_WRITE);
  });

  it('F9 labels paths that lead nowhere, twice or to a prototype hands them on as they are', async () => {
    const paths = ['/-1', '/__proto__', '/items/999999999', '', '/0', '/0', '/*', '/~2', '../0'];
    const stream = await guards.sidecar.open('echoes-backend');
    stream.answerBackend = () => json({ labeled_paths: paths.map((path) => ({ path, labels: {} })) });
    const labels = await stream.labelResponse('get', {});
    assert.ok(labels.$case === 'response' && labels.value.form?.$case === 'paths');
    assert.deepEqual(
      labels.value.form.value.entries.map(({ path }) => path),
      paths,
    );
    await stream.close();
  });

  it('F10 answers with data of its own hands it on for comparison, byte for byte', async () => {
    const stream = await guards.sidecar.open('echoes-backend');
    const data = '{"title" : "not what the backend said", "n": 1e400}';
    const output = `{"items":[{"data":${data},"labels":{}}]}`;
    stream.answerBackend = () => ({ $case: 'json', value: Buffer.from(output) });
    const labels = await stream.labelResponse('get', { content: [] });
    assert.ok(labels.$case === 'response' && labels.value.form?.$case === 'items');
    assert.deepEqual(
      labels.value.form.value.entries.map((entry) => `${Buffer.from(entry.data ?? '')}`),
      [data],
    );
    await stream.close();
  });

  it('F11 refuses a policy with 10 MB of escapes is quoted in one clean line', async () => {
    const error = `\u001b[31mpassword=hunter2\n${'x\u202e'.repeat(3 * million)}`;
    const stream = guards.sidecar.stream();
    stream.answerBackend = () => json({ success: false, error });
    const says = /^it refused the policy and said: \[31mpassword=hunter2 [x ]{100,1000}…$/;
    await assert.rejects(stream.open('asks-backend-for-policy'), hasEnd('POLICY_REJECTED', says));
    await guards.isWhole();
  });

  it('F13 counts its calls answers equal questions of fresh sessions equally, whatever others ask', async () => {
    for (const tool of ['get', 'get', 'list']) {
      const [stream, other] = [
        await guards.sidecar.open('counts-calls'),
        await guards.sidecar.open('counts-calls'),
      ];
      assert.equal(description(await stream.labelResource(tool)), '1');
      for (let call = 1; call <= 5; call++)
        assert.equal(description(await other.labelResource(tool)), `${call}`);
      assert.equal(description(await stream.labelResource(tool)), '2');
      await Promise.all([stream.close(), other.close()]);
    }
  });

  it('F13 remembers its policy answers each session from its own, and from none that has ended', async () => {
    for (const name of ['first', 'second', 'third']) {
      const stream = await guards.sidecar.open('remembers-policy', { resource: { description: name } });
      const answers = await Promise.all(Array.from({ length: 5 }, () => stream.labelResource('get')));
      assert.deepEqual(new Set(answers.map(description)), new Set([name]));
      await stream.close();
    }
  });

  it('F14 grows its memory after it has written its answer is read once, where it is', async () => {
    const stream = await guards.sidecar.open('grows-after-writing');
    assert.equal(description(await stream.labelResource('get')), '7');
    await stream.close();
  });

  /** What the caller gets when label_resource writes this. */
  async function resourceOf(output: string): Promise<Extract<Labels, { $case: 'resource' }>['value']> {
    const stream = await guards.sidecar.open('echoes-backend');
    stream.answerBackend = () => ({ $case: 'json', value: Buffer.from(output) });
    const labels = await stream.labelResource('get');
    await stream.close();
    assert.ok(labels.$case === 'resource');
    return labels.value;
  }
});
