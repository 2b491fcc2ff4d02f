import {
  type Answer,
  type Labels,
  Mode,
  Operation,
  type ResponseLabels,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, expectThat, NotOffered } from '../check.ts';
import { expectDelivered, expectNotCalled, expectNothing, type GatewayCheck } from './gateway-under-test.ts';
import { publicLabels } from './played-session.ts';
import { publicRead, type Scene } from './played-sidecar.ts';

const secret: Labels = { description: '', secrecy: ['kit:secret'], integrity: [] };
const trusted: Labels = { description: '', secrecy: [], integrity: ['kit:trusted'] };

function touches(resource: Labels, operation: Operation): Answer['labels'] {
  return { $case: 'resource', value: { resource, operation } };
}

const opens = (mode: Mode, agent = publicLabels): Pick<Scene, 'open'> => ({
  open: (session) => session.opened(agent, mode),
});
const labelsResource = (labels: Answer['labels']): Pick<Scene, 'resource'> => ({
  resource: (session, id) => session.answer(id, labels),
});
const labelsResponse = (form: ResponseLabels['form']): Pick<Scene, 'response'> => ({
  response: (session, id) => session.answer(id, { $case: 'response', value: { form } }),
});

/** The second item is secret, the others public. */
const secondIsSecret: ResponseLabels['form'] = {
  $case: 'paths',
  value: {
    entries: [{ path: '/items/1', labels: secret }],
    defaultLabels: publicLabels,
    itemsPath: '/items',
  },
};

/** What a gateway makes of labels. */
export const decidingChecks: readonly GatewayCheck[] = [
  {
    id: 'decide.strict-read',
    asks: 'In strict mode nothing is delivered of a resource that the agent may not read.',
    run: async (gateway) => {
      const scene = {
        ...opens(Mode.MODE_STRICT),
        ...labelsResource(touches(secret, Operation.OPERATION_READ)),
      };
      expectNothing(await gateway.call(scene));
    },
  },
  {
    id: 'decide.no-response-labels',
    asks: 'A response without labels has those of its resource, and is never public by that.',
    run: async (gateway) => {
      expectNothing(await gateway.call(labelsResource(touches(secret, Operation.OPERATION_READ))));
    },
  },
  {
    id: 'decide.paths',
    asks: 'An item that the agent may not read, labelled by path, is not delivered.',
    run: async (gateway) => {
      const { delivered, words } = await gateway.call(labelsResponse(secondIsSecret));
      expectThat(!delivered.includes('second'), `the agent was given: ${words}`);
    },
  },
  {
    id: 'decide.items',
    asks: 'An item that the agent may not read, labelled by echo, is not delivered, and one without an echo neither.',
    run: async (gateway) => {
      const { delivered, words } = await gateway.call({
        ...labelsResource(touches(secret, Operation.OPERATION_READ)),
        response: (session, id, { toolArgs }) => {
          const { nonce } = JSON.parse(Buffer.from(toolArgs).toString());
          const data = Buffer.from(JSON.stringify({ text: `first-${nonce}` }));
          const form = { $case: 'items' as const, value: { entries: [{ data, labels: secret }] } };
          session.answer(id, { $case: 'response', value: { form } });
        },
      });
      expectEqual('what was delivered', [delivered, words.includes('second-')], [[], false]);
    },
  },
  {
    id: 'decide.echo-is-no-data',
    asks: 'What a guard echoes is never delivered: it only finds the item.',
    run: async (gateway) => {
      const data = Buffer.from(JSON.stringify({ text: 'forged-by-the-guard' }));
      const entries = [{ data, labels: publicLabels }];
      const { words } = await gateway.call(labelsResponse({ $case: 'items', value: { entries } }));
      expectThat(!words.includes('forged-by-the-guard'), `the agent was given: ${words}`);
    },
  },
  {
    id: 'decide.mode-unknown',
    asks: 'A mode that the gateway does not know is strict: a response with something unreadable is denied as a whole.',
    run: async (gateway) => {
      const scene = { ...opens(Mode.MODE_UNSPECIFIED), ...labelsResponse(secondIsSecret) };
      expectNothing(await gateway.call(scene));
    },
  },
  {
    id: 'decide.operation-unknown',
    asks: 'An operation that the gateway does not know is a read-write: it needs what a write needs.',
    run: async (gateway) => {
      expectNotCalled(await gateway.call(labelsResource(touches(trusted, Operation.OPERATION_UNSPECIFIED))));
    },
  },
  {
    id: 'decide.read-of-trusted',
    asks: 'A read of something trusted needs no trust.',
    run: async (gateway) => {
      expectDelivered(await gateway.call(labelsResource(touches(trusted, Operation.OPERATION_READ))));
    },
  },
  {
    id: 'decide.write-untrusted',
    asks: 'A write that needs trust is not made for an agent without.',
    run: async (gateway) => {
      const scene = labelsResource(touches(trusted, Operation.OPERATION_WRITE));
      expectNotCalled(await gateway.call(scene, { tool: 'kit_put' }));
    },
  },
  {
    id: 'decide.write-secret',
    asks: 'An agent that carries a secret does not write where it may not go.',
    run: async (gateway) => {
      const scene = {
        ...opens(Mode.MODE_FILTER, secret),
        ...labelsResource(touches(publicLabels, Operation.OPERATION_WRITE)),
      };
      expectNotCalled(await gateway.call(scene, { tool: 'kit_put' }));
    },
  },
  {
    id: 'decide.propagate',
    asks: 'In propagate mode an agent that has read a secret carries it: it does not write where it may not go.',
    run: async (gateway) => {
      if (!gateway.keepsAgents) throw new NotOffered('each call by --call is another agent’s');
      const isWrite = (tool: string) => tool === 'kit_put';
      const scene: Scene = {
        ...opens(Mode.MODE_PROPAGATE),
        resource: (session, id, { toolName }) => {
          const write = touches(publicLabels, Operation.OPERATION_WRITE);
          session.answer(id, isWrite(toolName) ? write : touches(secret, Operation.OPERATION_READ));
        },
      };
      // Before the agent comes: a gateway may open its session as soon as it does.
      gateway.scene = scene;
      const agent = await gateway.agent();
      expectDelivered(await gateway.callAgain({ agent }));
      expectNotCalled(await gateway.callAgain({ agent, tool: 'kit_put' }));
    },
  },
  {
    id: 'decide.write-allowed',
    asks: 'A write that nothing is against is made.',
    run: async (gateway) => {
      const scene = labelsResource(touches(publicLabels, Operation.OPERATION_READ_WRITE));
      const { wasCalled, words } = await gateway.call(scene, { tool: 'kit_put' });
      expectThat(wasCalled, `the tool was not called: ${words}`);
    },
  },
  {
    id: 'decide.wrong-kind',
    asks: 'An answer of the other kind than the question fails the call.',
    run: async (gateway) => {
      const labels = { $case: 'response' as const, value: { form: undefined } };
      expectNotCalled(await gateway.call(labelsResource(labels)));
    },
  },
  {
    id: 'decide.wrong-kind-response',
    asks: 'The same of what came back: nothing is delivered.',
    run: async (gateway) => {
      expectNothing(await gateway.call({ response: (session, id) => session.answer(id, publicRead) }));
    },
  },
  {
    id: 'decide.no-labels',
    asks: 'An answer without labels fails the call.',
    run: async (gateway) => expectNotCalled(await gateway.call(labelsResource(undefined))),
  },
  {
    id: 'decide.items-path-nowhere',
    asks: 'An `items_path` that leads to no array fails the call.',
    run: async (gateway) => {
      const value = { entries: [], defaultLabels: publicLabels, itemsPath: '/nowhere' };
      expectNothing(await gateway.call(labelsResponse({ $case: 'paths', value })));
    },
  },
  {
    id: 'decide.unknown-question',
    asks: 'An `answer` or `failed` to a question that is not open is ignored.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: (session, id) => {
          session.answer(id + 1000, touches(secret, Operation.OPERATION_WRITE));
          session.fail(id + 1000, 'GUARD_ERROR');
          session.answer(id, publicRead);
        },
      });
      expectDelivered(outcome);
    },
  },
];
