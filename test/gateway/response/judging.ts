// What the tests of judged responses share: labels, a document of three items, and a call that lists them.

import assert from 'node:assert/strict';
import { type JudgedCall, judgeResponse } from '../../../gateway/response/judge-response.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { labels } from '../monitor/read-vectors.ts';

export const open = described([], []);
export const secret = described(['private:acme/vault'], []);
export const trusted = described([], ['approved']);

export const READ: JudgedCall = {
  mode: 'filter',
  operation: 'read',
  agent: open,
  resource: open,
  tool: 'list_things',
  isWriteSink: false,
  notice: 'full',
};

/** A document in which the second of three items is withheld. */
export const DOCUMENT =
  '{"total": 3, "items": [{"id": 9007199254740993}, {"id": "SECRET"}, {"p": 1.50}], "next_cursor": "c"}';
export const FILTERED = '{"total": 3, "items": [{"id": 9007199254740993}, {"p": 1.50}], "next_cursor": "c"}';
export const WITHOUT_SIBLINGS = '{"items": [{"id": 9007199254740993}, {"p": 1.50}], "next_cursor": "c"}';
export const EMPTIED = '{"total": 3, "items": [], "next_cursor": "c"}';
export const NOTICE = '{"type":"text","text":"[Sluice] 1 item was withheld by the secrecy policy."}';
export const META = '"_meta":{"sluice.dev/withheld":{"count":1,"secrecy":1,"integrity":0}}';
export const SECOND_SECRET = paths('/items', [open, secret, open]);

export function described(secrecy: readonly string[], integrity: readonly string[]): DescribedLabels {
  return { description: '', ...labels({ secrecy, integrity }) };
}

export function paths(itemsPath: string, own: readonly DescribedLabels[]): ResponseLabels {
  const entries = own.map((each, index) => ({ path: `${itemsPath}/${index}`, labels: each }));
  return { kind: 'paths', entries, defaultLabels: undefined, itemsPath };
}

export function delivered(call: JudgedCall, result: string, said: ResponseLabels): string {
  const judgement = judgeResponse(call, labelResponse(result, said));
  assert.equal(judgement.kind, 'deliver');
  return judgement.kind === 'deliver' ? judgement.text : '';
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}

export function textsOf(result: string): string[] {
  return JSON.parse(result).content.map(({ text }: { text: string }) => text);
}

/** A result without its notice and metadata. */
export function withoutMarks(result: string) {
  const { content, _meta, ...rest } = JSON.parse(result);
  return { ...rest, content: content.slice(0, -1) };
}
