import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Decision, decide, type Operation, stopsCall } from '../../../gateway/monitor/access.ts';
import type { Mode } from '../../../gateway/monitor/mode.ts';
import { category, type LabelsVector, labels, readVectors, type Vector } from './read-vectors.ts';

interface EvaluateVector extends Vector {
  readonly mode: Mode;
  readonly operation: Operation;
  readonly agent: LabelsVector;
  readonly resource: LabelsVector;
  readonly expect: {
    readonly decision: string;
    readonly reason?: string;
    readonly secrecyToAdd: readonly string[];
    readonly integrityToDrop: readonly string[];
  };
}

describe('evaluate vectors', () => {
  for (const vector of readVectors<EvaluateVector>('evaluate')) {
    test(vector.id, () => {
      const { mode, operation } = vector;
      const [agent, resource] = [labels(vector.agent), labels(vector.resource)];
      assert.deepEqual(asExpectation(decide({ mode, operation, agent, resource })), vector.expect);
    });
  }
});

describe('access', () => {
  const secret = labels({ secrecy: ['private:acme/web'], integrity: [] });
  const open = labels({ secrecy: [], integrity: [] });

  test('any operation of an agent outside the audience of a server is denied', () => {
    for (const operation of ['read', 'write', 'read-write'] as const) {
      const access = { mode: 'propagate' as const, operation, agent: secret, resource: secret };
      assert.deepEqual(decide({ ...access, audience: ['private:other/*'] }), {
        kind: 'deny',
        reason: 'AUDIENCE',
        tags: ['private:acme/web'],
      });
      assert.equal(decide({ ...access, audience: ['private:acme/*'] }).kind, 'allow');
    }
  });

  test('a write that accepts everything is bounded by the audience, too', () => {
    const anything = labels({ secrecy: ['*'], integrity: [] });
    const write = { mode: 'filter' as const, operation: 'write' as const, agent: secret, resource: anything };
    assert.equal(decide({ ...write, audience: [] }).kind, 'deny');
    assert.equal(decide({ ...write, audience: ['private:*'] }).kind, 'allow');
  });

  test('a refused read in filter mode goes on to the backend, and no other refused access does', () => {
    for (const mode of ['strict', 'filter'] as const) {
      for (const operation of ['read', 'read-write'] as const) {
        const access = { mode, operation, agent: open, resource: secret };
        const goesOn = mode === 'filter' && operation === 'read';
        assert.equal(stopsCall(access, decide(access)), !goesOn, `${mode} ${operation}`);
      }
    }
  });

  test('a read in filter mode does not go on when the agent is outside the audience', () => {
    const access = {
      mode: 'filter' as const,
      operation: 'read' as const,
      agent: secret,
      resource: open,
      audience: [],
    };
    assert.ok(stopsCall(access, decide(access)));
  });

  test('what is allowed is not stopped', () => {
    const access = { mode: 'propagate' as const, operation: 'read' as const, agent: open, resource: secret };
    assert.equal(decide(access).kind, 'allow-with-propagate');
    assert.ok(!stopsCall(access, decide(access)));
  });
});

function asExpectation(decision: Decision): EvaluateVector['expect'] {
  switch (decision.kind) {
    case 'allow':
      return { decision: 'allow', secrecyToAdd: [], integrityToDrop: [] };
    case 'allow-with-propagate': {
      const { secrecyToAdd, integrityToDrop } = decision;
      return { decision: decision.kind, reason: 'label-propagation', secrecyToAdd, integrityToDrop };
    }
    case 'deny': {
      const isSecrecy = decision.reason.endsWith('SECRECY');
      return {
        decision: 'deny',
        reason: category(decision.reason),
        secrecyToAdd: isSecrecy ? decision.tags : [],
        integrityToDrop: isSecrecy ? [] : decision.tags,
      };
    }
  }
}
