import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Language } from '../../guards/examples/build.ts';
import { Operation } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { type AnswerBackend, type GuardStream, json, type Labels } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import {
  idless,
  type LabelLists,
  listOf,
  notes,
  otherCalls,
  policy,
  refusedPolicies,
  silences,
  textResult,
  unlabeled,
} from './notes-cases.ts';

/** For as many of them, in Go, on a busy machine. In milliseconds. */
const timeout = 120_000;

/** More than fit into the first output buffer of 4 MiB, from less than the 8 MiB of an input. */
const manyNotes = 60_000;

/** What it says is tested, and not how fast: 60,000 notes take Go longer than the second that a guard has, and more memory. */
const limits = { deadlineMs: 60_000, queueWaitMs: 60_000, cpuMs: 20_000 };
const limitsOf: Readonly<Record<Language, object>> = {
  assemblyscript: limits,
  c: limits,
  go: { ...limits, memoryPages: 1024 },
  rust: limits,
};

/** A sidecar with a module of this language as its guard `notes`. */
export function startNotesGuard(language: Language, path: string): Promise<RunningSidecar> {
  return RunningSidecar.start({ notes: { type: 'wasm', path, limits: limitsOf[language] } });
}

/** Tests that the guard `notes` of a sidecar says what the guard of notes says. */
export function testNotesGuard(sidecar: () => RunningSidecar): void {
  /** With a session, which is closed afterwards. */
  async function asked(
    what: (guard: GuardStream) => Promise<unknown>,
    answer?: AnswerBackend,
  ): Promise<void> {
    const guard = await sidecar().open('notes', policy);
    guard.answerBackend = answer ?? (() => undefined);
    await what(guard);
    await guard.close();
  }

  test('grants the agent the tag of the editors, in filter mode', () =>
    asked(async ({ openings: [opened] }) => {
      assert.deepEqual(listsOf(opened?.agent), { secrecy: [], integrity: ['notes:edited'] });
    }));

  for (const refused of refusedPolicies) {
    test(`refuses the policy ${refused}`, async () => {
      const guard = sidecar().stream();
      await assert.rejects(guard.open('notes', refused), {
        reason: 'POLICY_REJECTED',
        message: /the policy must be \{"editors": \[names\]\}, and nothing else/,
      });
    });
  }

  for (const { about, text, labels } of notes) {
    test(`asks its server for a note, and labels it: ${about}`, () =>
      asked(
        async (guard) => {
          const read = await guard.labelResource('read_note', { id: 'a"\u00e9\\' });
          assert.deepEqual(resourceOf(read), { operation: Operation.OPERATION_READ, labels });
          const write = await guard.labelResource('write_note', { id: '7', text: 'new' });
          assert.deepEqual(resourceOf(write), { operation: Operation.OPERATION_WRITE, labels });
          const calls = guard.backendCalls.map((call) => [call.tool, JSON.parse(textOf(call.args))]);
          assert.deepEqual(calls, [
            ['read_note', { id: 'a"\u00e9\\' }],
            ['read_note', { id: '7' }],
          ]);
        },
        () => json(textResult(text)),
      ));
  }

  for (const { about, answer, log } of silences) {
    test(`fails, and says so in its log, where its server ${about}`, () =>
      asked(
        async (guard) => {
          const before = sidecar().log.length;
          await assert.rejects(guard.labelResource('read_note', { id: '7' }), { reason: 'GUARD_ERROR' });
          await sidecar().logged(log, before);
        },
        () => answer,
      ));
  }

  for (const args of idless) {
    test(`fails without a question where there is no id: ${JSON.stringify(args)}`, () =>
      asked(async (guard) => {
        await assert.rejects(guard.labelResource('read_note', args), { reason: 'GUARD_ERROR' });
        assert.deepEqual(guard.backendCalls, []);
      }));
  }

  for (const { tool, operation, labels } of otherCalls) {
    test(`labels ${tool} without a question`, () =>
      asked(async (guard) => {
        assert.deepEqual(resourceOf(await guard.labelResource(tool, { id: '7' })), { operation, labels });
        assert.deepEqual(guard.backendCalls, []);
      }));
  }

  test('labels each note of a list', () =>
    asked(async (guard) => {
      const list = `{"total":1,"notes":[${notes.map(({ text }) => text).join(' , ')}, 7, null, []]}`;
      const labels = pathsOf(await guard.labelResponse('list_notes', textResult(list)));
      const others = [7, null, []].map(() => ({ secrecy: ['notes:private'], integrity: [] }));
      const expected = [...notes.map((note) => note.labels), ...others];
      assert.deepEqual(labels, {
        itemsPath: '/notes',
        entries: expected.map((lists, i) => ({ path: `/notes/${i}`, labels: lists })),
      });
    }));

  test('labels an empty list', () =>
    asked(async (guard) => {
      const labels = pathsOf(await guard.labelResponse('list_notes', listOf()));
      assert.deepEqual(labels, { itemsPath: '/notes', entries: [] });
    }));

  for (const { about, tool, result } of unlabeled) {
    test(`leaves the labels of the call to what has no items: ${about}`, () =>
      asked(async (guard) => {
        const labels = await guard.labelResponse(tool, result);
        assert.deepEqual(labels.$case === 'response' && labels.value.form, undefined);
      }));
  }

  test('says how much room it needs where its answer is larger than what it was given', { timeout }, () =>
    asked(async (guard) => {
      const list = listOf(
        ...Array.from({ length: manyNotes }, () => ({ visibility: 'public', author: 'ada' })),
      );
      const labels = pathsOf(await guard.labelResponse('list_notes', list));
      assert.equal(labels?.entries.length, manyNotes);
      assert.deepEqual(labels?.entries.at(-1), {
        path: `/notes/${manyNotes - 1}`,
        labels: { secrecy: [], integrity: ['notes:edited'] },
      });
    }),
  );

  test('still answers after that', () =>
    asked(async (guard) => {
      for (let i = 0; i < 20; i++) await guard.labelResponse('list_notes', listOf({ visibility: 'public' }));
    }));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function listsOf(labels: LabelLists | undefined): LabelLists | undefined {
  return labels && { secrecy: labels.secrecy, integrity: labels.integrity };
}

function resourceOf(labels: Labels): { operation: Operation; labels: LabelLists | undefined } | undefined {
  if (labels.$case !== 'resource') return undefined;
  const { operation, resource } = labels.value;
  return { operation, labels: listsOf(resource) };
}

function pathsOf(labels: Labels) {
  if (labels.$case !== 'response' || labels.value.form?.$case !== 'paths') return undefined;
  const { itemsPath, entries } = labels.value.form.value;
  return { itemsPath, entries: entries.map((each) => ({ path: each.path, labels: listsOf(each.labels) })) };
}
