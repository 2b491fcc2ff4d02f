import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  fromLabels,
  fromMode,
  fromResourceLabels,
  fromResponseLabels,
} from '../../../gateway/guard/proto-labels.ts';
import { Mode, Operation } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';

const message = { description: 'it', secrecy: ['s', 's'], integrity: ['i'] };
const own = { description: 'it', secrecy: new Set(['s']), integrity: new Set(['i']) };
const empty = { description: '', secrecy: new Set(), integrity: new Set() };

suite('labels of the protocol', () => {
  test('are sets, and empty where nothing is said', () => {
    assert.deepEqual(fromLabels(message), own);
    assert.deepEqual(fromLabels(undefined), empty);
  });

  const modes = {
    [Mode.MODE_FILTER]: 'filter',
    [Mode.MODE_PROPAGATE]: 'propagate',
    [Mode.MODE_STRICT]: 'strict',
  };
  for (const [number, mode] of Object.entries(modes)) {
    test(`have the mode ${mode}`, () => assert.equal(fromMode(Number(number) as Mode), mode));
  }

  test('have the strictest mode where it is unknown', () => {
    for (const unknown of [Mode.MODE_UNSPECIFIED, Mode.UNRECOGNIZED, 99 as Mode])
      assert.equal(fromMode(unknown), 'strict');
  });

  const operations = {
    [Operation.OPERATION_READ]: 'read',
    [Operation.OPERATION_WRITE]: 'write',
    [Operation.OPERATION_READ_WRITE]: 'read-write',
    [Operation.OPERATION_UNSPECIFIED]: 'read-write',
    [Operation.UNRECOGNIZED]: 'read-write',
    99: 'read-write',
  };
  for (const [number, operation] of Object.entries(operations)) {
    test(`of a resource with the operation ${number} are for a ${operation}`, () => {
      const answer = fromResourceLabels({ resource: message, operation: Number(number) as Operation });
      assert.deepEqual(answer, { resource: own, operation });
    });
  }

  test('of a response may be none', () => {
    assert.deepEqual(fromResponseLabels({ form: undefined }), { kind: 'none' });
  });

  test('of a response by paths keep the difference between empty labels and none', () => {
    const entries = [
      { path: '/0', labels: message },
      { path: '/1', labels: undefined },
    ];
    const value = { entries, defaultLabels: undefined, itemsPath: undefined };
    assert.deepEqual(fromResponseLabels({ form: { $case: 'paths', value } }), {
      kind: 'paths',
      entries: [
        { path: '/0', labels: own },
        { path: '/1', labels: undefined },
      ],
      defaultLabels: undefined,
      itemsPath: undefined,
    });
    const given = {
      entries: [],
      defaultLabels: { description: '', secrecy: [], integrity: [] },
      itemsPath: '',
    };
    assert.deepEqual(fromResponseLabels({ form: { $case: 'paths', value: given } }), {
      kind: 'paths',
      entries: [],
      defaultLabels: empty,
      itemsPath: '',
    });
  });

  test('of a response by items keep the difference between no data and data', () => {
    const entries = [
      { data: Buffer.from('"é"'), labels: message },
      { data: undefined, labels: undefined },
    ];
    assert.deepEqual(fromResponseLabels({ form: { $case: 'items', value: { entries } } }), {
      kind: 'items',
      entries: [
        { data: '"é"', labels: own },
        { data: undefined, labels: undefined },
      ],
    });
  });
});
