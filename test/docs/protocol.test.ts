/** The page of the protocol, held against the protocol. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createFileRegistry, type DescEnum, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { BackendErrorCode } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import {
  maxInputBytes,
  maxLabeledEntries,
  maxMessageBytes,
  maxOpenQuestions,
  maxOutputBytes,
  maxTagBytes,
  maxTagsPerLabel,
} from '../../sidecar/limits.ts';
import { backendAnswer } from '../../sidecar/service/backend-answer.ts';
import { errorDomain, grpcCode } from '../../sidecar/service/grpc-status.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs/protocol.md'), 'utf8');
const descriptors = await readFile(join(root, 'proto/gen/descriptors.binpb'));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const file = registry.getFile('sluice/labeler/v1/labeler.proto');
assert.ok(file !== undefined);

/** The rows of the tables under a heading of the third level, cell by cell, without the tables' heads. */
function rows(heading: string): string[][] {
  const section =
    new RegExp(`^### ${heading}\\n([\\s\\S]*?)(?=^##|$(?![\\s\\S]))`, 'm').exec(page)?.[1] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')));
}

const firstCells = (heading: string) => rows(heading).map(([first = '']) => first);

/** The values of an enum without their prefix, by number. */
function valuesOf({ values, sharedPrefix = '' }: DescEnum): Map<string, number> {
  return new Map(values.map(({ name, number }) => [name.slice(sharedPrefix.length), number]));
}

suite('the page of the protocol', () => {
  for (const { name, fields } of file.messages) {
    test(`has each field of ${name}, and no other`, () => {
      assert.deepEqual(
        firstCells(name),
        fields.map((field) => field.name),
      );
    });
  }

  for (const each of file.enums) {
    test(`has each value of ${each.name}, and no other`, () => {
      assert.deepEqual(firstCells(each.name), [...valuesOf(each).keys()]);
    });
  }

  test('has no message and no enum that the protocol has not', () => {
    const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    const names = [...file.messages, ...file.enums].map(({ name }) => name);
    assert.deepEqual(headings.toSorted(), names.toSorted());
  });

  test('gives each reason the gRPC code that the sidecar gives it', () => {
    const codes = Object.entries(grpcCode).map(([reason, code]) => [reason, status[code]]);
    const written = rows('Reason').map(([reason, code]) => [reason, code]);
    assert.deepEqual(written.slice(1).toSorted(), codes.toSorted());
    assert.ok(page.includes(`\`domain\` \`${errorDomain}\``));
  });

  test('says for each reason where it comes and what a client must do', () => {
    for (const [reason = '', , where = '', when = '', must = ''] of rows('Reason').slice(1)) {
      assert.match(where, /^(stream|question|stream, question)$/, reason);
      assert.ok(when.length > 0 && must.length > 0, reason);
    }
  });

  test('gives each backend error the number and the advice that guards see', () => {
    for (const [name = '', number, repeat] of rows('BackendErrorCode')) {
      const code = Object.entries(BackendErrorCode).find(
        ([each]) => each === `BACKEND_ERROR_CODE_${name}`,
      )?.[1];
      assert.ok(code !== undefined, name);
      const error = { code, message: '', retryAfterMs: 0 };
      const seen = backendAnswer({ id: 1, call: 1, outcome: { $case: 'error', value: error } });
      assert.ok(!(seen instanceof Uint8Array));
      assert.deepEqual([number, repeat], [String(seen.code), seen.retryable ? 'yes' : 'no'], name);
    }
  });

  test('has the limits of the sidecar', () => {
    const MiB = 1024 * 1024;
    const said = [
      `| one message, either way | ${maxMessageBytes / MiB} MiB |`,
      `| ${maxInputBytes / MiB} MiB | \`failed\`, \`INVALID_REQUEST\``,
      `| policy | ${maxInputBytes / MiB} MiB |`,
      `| \`backend_result.json\` | ${maxOutputBytes / MiB} MiB |`,
      `| open questions on one stream | ${maxOpenQuestions.toLocaleString('en')} |`,
      `| ${maxTagsPerLabel.toLocaleString('en')}; ${maxTagBytes.toLocaleString('en')} |`,
      `| ${maxLabeledEntries.toLocaleString('en')} |`,
    ];
    for (const words of said) assert.ok(page.includes(words), words);
  });
});
