import { Operation, type ResponseLabels } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, expectThat } from '../check.ts';
import type { ClientStream, Question } from './client-stream.ts';
import { expectAlive, json, resource, response } from './questions.ts';
import type { SidecarCheck } from './sidecar-under-test.ts';

const MiB = 1024 * 1024;

/** Asks a question that makes the guard write this output. */
async function told(stream: ClientStream, question: Question, output: unknown) {
  stream.ask(1, question);
  stream.reply(await stream.backendCall(1), json(output));
  return stream.answer(1);
}

async function toldResponse(stream: ClientStream, output: unknown): Promise<ResponseLabels> {
  const labels = await told(stream, response('kit_ask'), output);
  expectThat(labels.$case === 'response', `the answer to label_response is of the kind ${labels.$case}`);
  return labels.value;
}

/** What the guard was given: the kit's guard sends it to its backend as it is. */
async function given(stream: ClientStream, question: Question): Promise<unknown> {
  stream.ask(1, question);
  return JSON.parse(Buffer.from((await stream.backendCall(1)).args).toString());
}

function refused(id: string, asks: string, question: Question | undefined): SidecarCheck {
  const run: SidecarCheck['run'] = async (sidecar) => {
    const stream = await sidecar.session();
    stream.ask(1, question);
    await stream.failed(1, 'INVALID_REQUEST');
    await expectAlive(stream, 2);
  };
  return { id, asks: `${asks} fails with INVALID_REQUEST, and the stream goes on.`, run };
}

function operation(word: string | undefined, expected: Operation): SidecarCheck {
  return {
    id: `ask.operation-${word ?? 'missing'}`,
    asks: `The operation ${word ?? 'that the guard did not say'} is ${expected} in the answer.`,
    run: async (sidecar) => {
      const output = { resource: {}, ...(word !== undefined && { operation: word }) };
      const labels = await told(await sidecar.session(), resource('kit_ask'), output);
      expectThat(labels.$case === 'resource', `the answer is of the kind ${labels.$case}`);
      expectEqual('operation', labels.value.operation, expected);
    },
  };
}

/** What is asked, and what is answered. */
export const questionChecks: readonly SidecarCheck[] = [
  {
    id: 'ask.resource',
    asks: '`label_resource` is answered with the labels of the resource.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('plain'));
      const labels = await stream.answer(1);
      expectThat(labels.$case === 'resource', `the answer is of the kind ${labels.$case}`);
      const expected = { description: 'plain', secrecy: ['kit:plain'], integrity: ['kit:vouched'] };
      expectEqual('resource', labels.value.resource, expected);
    },
  },
  operation('read', Operation.OPERATION_READ),
  operation('write', Operation.OPERATION_WRITE),
  operation('read-write', Operation.OPERATION_READ_WRITE),
  operation('destroy', Operation.OPERATION_READ_WRITE),
  operation(undefined, Operation.OPERATION_READ_WRITE),
  {
    id: 'ask.no-response-labels',
    asks: 'A response that the guard gave no labels is answered with `response` without a form.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, response('plain'));
      const labels = await stream.answer(1);
      expectEqual('the answer', labels, { $case: 'response', value: {} });
    },
  },
  {
    id: 'ask.paths',
    asks: 'The path form is answered as the guard wrote it: entries, default, place of the items.',
    run: async (sidecar) => {
      const { form } = await toldResponse(await sidecar.session(), {
        labeled_paths: [{ path: '/items/0', labels: { secrecy: ['s'], integrity: [] } }],
        default_labels: { secrecy: ['d'], integrity: ['i'] },
        items_path: '/items',
      });
      expectThat(form?.$case === 'paths', `the form is ${form?.$case}`);
      const { entries, defaultLabels, itemsPath } = form.value;
      expectEqual(
        'entries',
        entries.map(({ path, labels }) => [path, labels?.secrecy]),
        [['/items/0', ['s']]],
      );
      expectEqual('default_labels', [defaultLabels?.secrecy, defaultLabels?.integrity], [['d'], ['i']]);
      expectEqual('items_path', itemsPath, '/items');
    },
  },
  {
    id: 'ask.items',
    asks: 'The item form is answered with the guard’s echoes and their labels.',
    run: async (sidecar) => {
      const items = [{ data: { a: 1 }, labels: { secrecy: ['s'] } }, { data: 2 }];
      const { form } = await toldResponse(await sidecar.session(), { items });
      expectThat(form?.$case === 'items', `the form is ${form?.$case}`);
      const echoes = form.value.entries.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()));
      expectEqual('data', echoes, [{ a: 1 }, 2]);
      const labels = form.value.entries.map((entry) => entry.labels?.secrecy ?? 'none');
      expectEqual('labels', labels, [['s'], 'none']);
    },
  },
  {
    id: 'ask.resource-input',
    asks: 'The guard is given tool_name, tool_args and capabilities, and nothing of them is changed.',
    run: async (sidecar) => {
      const args = '{"text":"\\u00e9 \\"quoted\\"","list":[1,null,{"a":true}]}';
      const input = await given(await sidecar.session(), resource('kit_ask', args));
      const expected = { tool_name: 'kit_ask', tool_args: JSON.parse(args), capabilities: {} };
      expectEqual('the input', input, expected);
    },
  },
  {
    id: 'ask.response-input',
    asks: 'The guard is given tool_result beside them.',
    run: async (sidecar) => {
      const result = '{"content":[{"type":"text","text":"x"}],"isError":true}';
      const input = await given(await sidecar.session(), response('kit_ask', result));
      const seen = typeof input === 'object' && input !== null && 'tool_result' in input && input.tool_result;
      expectEqual('tool_result', seen, JSON.parse(result));
    },
  },
  {
    id: 'ask.empty-arguments',
    asks: 'Empty tool_args are `{}`.',
    run: async (sidecar) => {
      const input = await given(await sidecar.session(), resource('kit_ask', ''));
      expectEqual('the input', input, { tool_name: 'kit_ask', tool_args: {}, capabilities: {} });
    },
  },
  ...['[]', '{', '{}{}', '{},"tool_name":"other"', '{}},"tool_name":"other","x":{'].map((args, index) =>
    refused(
      `ask.arguments-no-object-${index + 1}`,
      `tool_args that are no JSON object, ${args},`,
      resource('plain', args),
    ),
  ),
  refused(
    'ask.arguments-no-utf8',
    'tool_args that are no UTF-8',
    resource('plain', Buffer.from([0x7b, 0xff, 0x7d])),
  ),
  refused('ask.no-question', 'An `ask` without a question', undefined),
  refused(
    'ask.too-large',
    'A question above 8 MiB',
    response('plain', JSON.stringify({ content: [], text: 'x'.repeat(8 * MiB) })),
  ),
  {
    id: 'ask.large',
    asks: 'A question of 7 MiB is answered.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, response('plain', JSON.stringify({ content: [], text: 'x'.repeat(7 * MiB) })));
      await stream.answer(1);
    },
  },
];
