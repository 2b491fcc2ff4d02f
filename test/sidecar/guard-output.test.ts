import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  type Labels,
  Mode,
  Operation,
  type ResponseLabels,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardError, type GuardErrorCode } from '../../sidecar/guard-error.ts';
import { parseAgentOutput } from '../../sidecar/guard-output/parse-agent-output.ts';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import {
  maxLabeledEntries,
  maxOutputBytes,
  maxTagBytes,
  maxTagsPerLabel,
  maxTagsPerOutput,
} from '../../sidecar/limits.ts';

interface Vector {
  id: string;
  output: string;
  expect: { error?: string; errorAlso?: string[] } & Record<string, unknown>;
}

/** The codes that an error category of the vectors may become. */
const codes: Record<string, GuardErrorCode> = {
  'malformed-output': 'INVALID_OUTPUT',
  'malformed-path-labels': 'INVALID_OUTPUT',
  'invalid-labels': 'INVALID_OUTPUT',
  'invalid-resource': 'INVALID_OUTPUT',
  'missing-difc-mode': 'INVALID_OUTPUT',
  'unknown-difc-mode': 'INVALID_OUTPUT',
  'wrong-type': 'INVALID_OUTPUT',
  'empty-output': 'GUARD_ERROR',
  // The ABI page: a non-blank `error` is a refused policy, like `success: false`.
  'rejected-policy': 'POLICY_REJECTED',
  'non-success': 'POLICY_REJECTED',
  'guard-error': 'POLICY_REJECTED',
};

/** Runs each vector of a file as a subtest: `parse` gives what its `expect` holds, or a GuardError of the right code. */
function runVectors(file: string, parse: (output: Uint8Array) => unknown): void {
  const url = new URL(`../vectors/${file}.json`, import.meta.url);
  const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as { vectors: Vector[] };
  assert.ok(vectors.length > 0);
  for (const { id, output, expect } of vectors) {
    it(id, () => {
      const { error, errorAlso = [], ...expected } = expect;
      if (error === undefined) return assert.deepEqual(parse(utf8(output)), expected);
      const allowed = [error, ...errorAlso].map((category) => codes[category]);
      assert.ok(!allowed.includes(undefined), `unknown category in ${[error, ...errorAlso]}`);
      const thrown = failureOf(() => parse(utf8(output)));
      assert.ok(allowed.includes(thrown.code), `${thrown.code} (${thrown.message}) is none of ${allowed}`);
    });
  }
}

const modeNames = new Map<Mode, string>([
  [Mode.MODE_STRICT, 'strict'],
  [Mode.MODE_FILTER, 'filter'],
  [Mode.MODE_PROPAGATE, 'propagate'],
]);

const operationNames = new Map<Operation, string>([
  [Operation.OPERATION_READ, 'read'],
  [Operation.OPERATION_WRITE, 'write'],
  [Operation.OPERATION_READ_WRITE, 'read-write'],
]);

describe('what label_agent wrote is parsed as the vectors say', () => {
  runVectors('label-agent-output', (output) => {
    const { agent, mode, normalizedPolicy } = parseAgentOutput(output);
    return {
      agent: { secrecy: agent?.secrecy, integrity: agent?.integrity },
      mode: modeNames.get(mode),
      normalizedPolicy: normalizedPolicy.length === 0 ? null : JSON.parse(text(normalizedPolicy)),
    };
  });
});

describe('what label_resource wrote is parsed as the vectors say', () => {
  runVectors('label-resource-output', (output) => {
    const { resource, operation } = parseResourceOutput(output);
    return { resource, operation: operationNames.get(operation) };
  });
});

describe('what label_response wrote is parsed as the vectors say', () => {
  runVectors('label-response-output', (output) => asVector(parseResponseOutput(output)));
});

function asVector({ form }: ResponseLabels): unknown {
  const orNull = (labels: Labels | undefined) => labels ?? null;
  switch (form?.$case) {
    case undefined:
      return { form: 'none' };
    case 'paths':
      return {
        form: 'paths',
        itemsPath: form.value.itemsPath ?? '',
        labeledPaths: form.value.entries.map(({ path, labels }) => ({ path, labels: orNull(labels) })),
        defaultLabels: orNull(form.value.defaultLabels),
      };
    case 'items':
      return {
        form: 'items',
        items: form.value.entries.map(({ data, labels }) => ({
          data: data === undefined ? null : JSON.parse(text(data)),
          labels: orNull(labels),
        })),
      };
  }
}

describe('a guard that refuses a policy', () => {
  it('is quoted in one clean line of at most 1,000 characters', () => {
    const error = `\u001b[31mbad\nnews\u0000\u202e${'x'.repeat(10 * 1024 * 1024)}`;
    const { code, message } = failureOf(() => parseAgentOutput(json({ success: false, error })));
    assert.equal(code, 'POLICY_REJECTED');
    assert.match(message, /^it refused the policy and said: \[31mbad news x+…$/);
    assert.equal(message.length, 'it refused the policy and said: '.length + 1000);
  });

  it('may do so without a reason', () => {
    const { message } = failureOf(() => parseAgentOutput(json({ ok: false })));
    assert.equal(message, 'it refused the policy without saying why');
  });
});

describe('a normalized policy', () => {
  const output = (policy: string) => utf8(`{"difc_mode":"filter","normalized_policy": ${policy} }`);

  it('keeps its exact text', () => {
    const policy = '{"id":9007199254740993, "x":1.50 ,"repos":["a/b"]}';
    assert.equal(text(parseAgentOutput(output(policy)).normalizedPolicy), policy);
  });

  it('keeps its exact text around a scope_kind that is written in lower case', () => {
    const parsed = parseAgentOutput(output('{"id":9007199254740993,"scope_\\u006bind" : "ALL", "z":1e400}'));
    assert.equal(
      text(parsed.normalizedPolicy),
      '{"id":9007199254740993,"scope_\\u006bind" : "all", "z":1e400}',
    );
  });
});

describe('the data of an echoed item', () => {
  const dataOf = (output: string) => {
    const { form } = parseResponseOutput(utf8(output));
    assert.equal(form?.$case, 'items');
    return form.value.entries.map(({ data }) => data && text(data));
  };

  it('is the exact text that the guard wrote', () => {
    const data = [
      '{"id": 9007199254740993,\n"n":1.0e+05}',
      '[ 1e400 , "\\u00e9\\"]"]',
      '"é]}"',
      '-0.10',
      'null',
    ];
    const items = data.map((each) => `{"labels":{}, "data" :${each} }`).join(' , ');
    assert.deepEqual(dataOf(`{"items":[${items}]}`), data);
  });

  it('is found under an escaped name, and where a name comes twice the last one counts', () => {
    assert.deepEqual(dataOf('{"items":[1],"it\\u0065ms":[{"data":1,"d\\u0061ta":2}]}'), ['2']);
  });

  it('is missing where the guard echoed nothing', () => {
    assert.deepEqual(dataOf('{"items":[{"labels":{}},{"data":null}]}'), [undefined, 'null']);
  });
});

describe('a name that comes twice', () => {
  it('means its last value, as in JSON.parse, null included', () => {
    const agent = '{"difc_mode":"strict","agent":{"secrecy":["a"]},"agent":null,"error":"no","error":null}';
    assert.deepEqual(parseAgentOutput(utf8(agent)).agent?.secrecy, []);
    const { form } = parseResponseOutput(utf8('{"items":[{"labels":{"secrecy":["a"]},"labels":null}]}'));
    assert.deepEqual(form?.$case === 'items' && form.value.entries, [{ labels: undefined }]);
  });
});

describe('names that JavaScript objects have by themselves', () => {
  it('mean nothing in an output', () => {
    const labels = '"__proto__":{"secrecy":["x"]},"constructor":{"secrecy":["y"]}';
    const output = utf8(`{"__proto__":{"resource":{}},"resource":{${labels}},"operation":"constructor"}`);
    assert.deepEqual(parseResourceOutput(output), {
      resource: { description: '', secrecy: [], integrity: [] },
      operation: Operation.OPERATION_READ_WRITE,
    });
    assert.equal(Object.hasOwn(Object.prototype, 'secrecy'), false);
    assert.equal(parseResponseOutput(utf8('{"__proto__":{"labeled_paths":[]}}')).form, undefined);
  });
});

describe('outputs that break the ABI are refused', () => {
  const agent = (agent: unknown) => () => parseAgentOutput(json({ agent, difc_mode: 'strict' }));
  const resource = (resource: unknown) => () => parseResourceOutput(json({ resource, operation: 'read' }));
  const response = (value: unknown) => () => parseResponseOutput(json(value));
  const bytes =
    (...bytes: number[]) =>
    () =>
      parseResponseOutput(Uint8Array.from(bytes));
  const written = (output: string) => () => parseResponseOutput(utf8(output));
  const million = 1_000_000;
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

  const cases: Record<string, { parse: () => unknown; says: RegExp }> = {
    'bytes that are not UTF-8': {
      parse: bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
      says: /is not UTF-8/,
    },
    'a surrogate as UTF-8': {
      parse: bytes(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d),
      says: /not UTF-8/,
    },
    'UTF-16': {
      parse: bytes(0x7b, 0x00, 0x7d, 0x00),
      says: /is not JSON: it goes wrong at character 1 of 4/,
    },
    'a byte order mark': { parse: bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d), says: /must be a JSON object/ },
    'a zero byte at the end': { parse: bytes(0x7b, 0x7d, 0x00), says: /is not JSON/ },
    'more bytes than the limit': {
      parse: () => parseResponseOutput(new Uint8Array(maxOutputBytes + 1).fill(0x20)),
      says: /above the limit of 16777216/,
    },
    '16 MiB of opening brackets': {
      parse: written(`{"a":${'['.repeat(maxOutputBytes - 5)}`),
      says: /is nested deeper than 256 levels/,
    },
    '16 MiB of opening objects': { parse: written('{"a":'.repeat(3 * million)), says: /nested deeper/ },
    'deep data of an item': {
      parse: written(`{"items":[{"data":${'['.repeat(257)}${']'.repeat(257)}}]}`),
      says: /nested deeper/,
    },
    '100,000 tags': {
      parse: resource({ secrecy: tags(100_000) }),
      says: /"secrecy" list of more than 4096 tags/,
    },
    '100,000 equal tags': {
      parse: agent({ integrity: Array(100_000).fill('') }),
      says: /more than 4096 tags/,
    },
    'too many tags in all': {
      parse: response({
        items: Array(Math.ceil(maxTagsPerOutput / maxTagsPerLabel)).fill({
          labels: { secrecy: tags(maxTagsPerLabel) },
        }),
      }),
      says: /has more than 1000000 tags/,
    },
    'a tag of a megabyte': {
      parse: resource({ secrecy: ['x'.repeat(million)] }),
      says: /more than 1024 bytes/,
    },
    'a tag with a line end': {
      parse: resource({ integrity: ['a\nb'] }),
      says: /a tag with a control character/,
    },
    'a tag with ESC': { parse: agent({ secrecy: ['\u001b[0m'] }), says: /a tag with a control character/ },
    'a tag with a lone surrogate': { parse: resource({ secrecy: ['\ud800'] }), says: /lone surrogate/ },
    'a path with a lone surrogate': {
      parse: response({ labeled_paths: [{ path: '/\udfff' }] }),
      says: /lone/,
    },
    'a million items': {
      parse: written(`{"items":[${'{},'.repeat(million)}{}]}`),
      says: /labels more than 100000 items/,
    },
    'a million items that are no objects': {
      parse: response({ items: Array(million).fill(0) }),
      says: /more than/,
    },
    'a million paths': {
      parse: response({ labeled_paths: Array(million).fill({ path: '/0' }) }),
      says: /more than/,
    },
    'two lists of one name': {
      parse: written('{"items":[{"labels":{"secrecy":["a"],"secrecy":[]}}]}'),
      says: /has two "secrecy" lists in one label/,
    },
    'an entry without a path': {
      parse: response({ labeled_paths: [{ labels: {} }] }),
      says: /without "path"/,
    },
    'a null entry': { parse: response({ labeled_paths: [null] }), says: /has null in "labeled_paths"/ },
    'a null path': { parse: response({ labeled_paths: [{ path: null }] }), says: /has null for "path"/ },
    'a description that is no text, in the path form': {
      parse: response({ labeled_paths: [{ path: '/0', labels: { description: 1 } }] }),
      says: /a "description" that is a number but must be a text/,
    },
  };

  for (const [name, { parse, says }] of Object.entries(cases)) {
    it(name, () => {
      const { code, message } = failureOf(parse);
      assert.equal(code, 'INVALID_OUTPUT');
      assert.match(message, says);
    });
  }

  it('nothing at all from label_agent and label_resource is a guard error', () => {
    assert.equal(failureOf(() => parseAgentOutput(new Uint8Array())).code, 'GUARD_ERROR');
    assert.equal(failureOf(() => parseResourceOutput(new Uint8Array())).code, 'GUARD_ERROR');
  });
});

describe('outputs at the limits are parsed', () => {
  it('the most tags of the most bytes', () => {
    const secrecy = Array.from({ length: maxTagsPerLabel }, (_, index) =>
      `${index}`.padEnd(maxTagBytes, '.'),
    );
    const { resource } = parseResourceOutput(json({ resource: { secrecy } }));
    assert.equal(resource?.secrecy.length, maxTagsPerLabel);
  });

  it('the most items', () => {
    const { form } = parseResponseOutput(
      json({ items: Array(maxLabeledEntries).fill({ data: 1, labels: {} }) }),
    );
    assert.equal(form?.$case === 'items' && form.value.entries.length, maxLabeledEntries);
  });

  it('a million distinct names, and 16 MiB of small values, without making them', () => {
    const names = Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join();
    assert.equal(parseResponseOutput(utf8(`{${names}}`)).form, undefined);
    assert.equal(parseResponseOutput(utf8(`{"x":[${'1,'.repeat(8_000_000)}1]}`)).form, undefined);
  });

  it('256 levels of data', () => {
    const data = '['.repeat(255) + ']'.repeat(255);
    assert.ok(parseResponseOutput(utf8(`{"x":[${data}]}`)));
    assert.throws(() => parseResponseOutput(utf8(`{"x":[[${data}]]}`)), /nested deeper/);
  });

  it('an agent with deep unknown members', () => {
    const deep = `${'[{"a":'.repeat(127)}1${'}]'.repeat(127)}`;
    assert.equal(parseAgentOutput(utf8(`{"difc_mode":"filter","x":${deep}}`)).mode, Mode.MODE_FILTER);
  });
});

/** The GuardError that `run` throws; any other end fails the test. */
function failureOf(run: () => unknown): GuardError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof GuardError, `a ${error} is no GuardError`);
    return error;
  }
  return assert.fail('nothing was thrown');
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text);
}

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
