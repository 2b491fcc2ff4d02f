/** What a server of notes may answer, and what the guard of notes then says: the same in every language. */
import { BackendErrorCode, Operation } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { type AnswerBackend, json } from '../harness/guard-stream.ts';

type Answer = ReturnType<AnswerBackend>;

export interface LabelLists {
  readonly secrecy: readonly string[];
  readonly integrity: readonly string[];
}

const edited = ['notes:edited'];
const secret = ['notes:private'];
/** Tags that nobody holds. */
const closed: LabelLists = { secrecy: ['notes:closed'], integrity: ['notes:closed'] };
/** What is known of nobody's note, or of all of them. */
const unknown: LabelLists = { secrecy: secret, integrity: [] };

export const policy = { editors: ['ada', 'gr"ace é'] };

/** What `label_agent` refuses, each with the same sentence. */
export const refusedPolicies: readonly string[] = [
  '{}',
  '{"editors":"ada"}',
  '{"editors":["ada",1]}',
  '{"editors":["ada",null]}',
  '{"editors":null}',
  '{"Editors":["ada"]}',
  '{"editors":["ada"],"writers":[]}',
];

/** A tool result with one text. */
export const textResult = (text: string) => ({ content: [{ type: 'text', text }] });
/** The result of list_notes. */
export const listOf = (...notes: readonly unknown[]) => textResult(JSON.stringify({ notes }));

interface Note {
  readonly about: string;
  /** Its JSON, as the server writes it. */
  readonly text: string;
  readonly labels: LabelLists;
}

function note(about: string, fields: object | null, labels: Partial<LabelLists>): Note {
  return { about, text: JSON.stringify(fields), labels: { secrecy: [], integrity: [], ...labels } };
}

/** Notes, and the labels that they have. */
export const notes: readonly Note[] = [
  note('a public note of an editor', { visibility: 'public', author: 'ada' }, { integrity: edited }),
  note('a public note of anybody', { visibility: 'public', author: 'eve' }, {}),
  note(
    'a private note of an editor',
    { visibility: 'private', author: 'ada' },
    { secrecy: secret, integrity: edited },
  ),
  note('a private note of anybody', { visibility: 'private', author: 'eve' }, unknown),
  note('a note of another visibility', { visibility: 'Public', author: 'eve' }, unknown),
  note('a note whose visibility begins like public', { visibility: 'publicly', author: 'ad' }, unknown),
  note('a note whose fields are no texts', { visibility: 1, author: ['ada'] }, unknown),
  note('a note that says nothing', {}, unknown),
  note(
    'a note that is public in capitals only',
    { visibility: 'private', Visibility: 'public', AUTHOR: 'ada' },
    unknown,
  ),
  note(
    'a note with much in it',
    { a: [1.5e-3, { b: null }, ['public']], visibility: 'public', c: '\n"' },
    {},
  ),
  note(
    'a name with a quote and an accent',
    { visibility: 'public', author: 'gr"ace é' },
    { integrity: edited },
  ),
  {
    about: 'a note in escapes',
    text: String.raw`{ "\u0076isibility" : "\u0070ublic" , "author":"gr\u0022ace \u00E9" }`,
    labels: { secrecy: [], integrity: edited },
  },
  note(
    'a note larger than what was made ready for it',
    { visibility: 'public', author: 'ada', text: 'long \u{1f4c1} '.repeat(50_000) },
    { integrity: edited },
  ),
];

/** Answers that say nothing of a note; the question then fails. */
export const silences: readonly { readonly about: string; readonly answer: Answer; readonly log: string }[] =
  [
    {
      about: 'cannot be reached',
      answer: {
        $case: 'error',
        value: { code: BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE, message: 'down', retryAfterMs: 0 },
      },
      log: 'read_note: error -5',
    },
    ...[
      { about: 'says that it failed', result: { ...textResult('{"visibility":"public"}'), isError: true } },
      { about: 'answers half a JSON', result: textResult('{"visibility":"public"') },
      { about: 'answers with more behind it', result: textResult('{"visibility":"public"} {}') },
      { about: 'answers prose', result: textResult('A public note.') },
      { about: 'answers null', result: textResult('null') },
      { about: 'answers a list', result: textResult('[{"visibility":"public"}]') },
      {
        about: 'answers in two texts',
        result: { content: [...textResult('{"visibility":"public"}').content, ...textResult('').content] },
      },
      { about: 'answers nothing', result: { content: [] } },
    ].map(({ about, result }) => ({ about, answer: json(result), log: 'nobody knows what the note is' })),
  ];

/** Arguments without the id of a note; the question fails, and the server is not asked. */
export const idless: readonly object[] = [{}, { id: 7 }, { id: null }, { ID: '7' }, { id: ['7'] }];

/** Calls whose labels need no question. */
export const otherCalls: readonly { tool: string; operation: Operation; labels: LabelLists }[] = [
  { tool: 'list_notes', operation: Operation.OPERATION_READ, labels: unknown },
  { tool: 'delete_note', operation: Operation.OPERATION_READ_WRITE, labels: closed },
  { tool: 'Read_note', operation: Operation.OPERATION_READ_WRITE, labels: closed },
  { tool: 'resources/read', operation: Operation.OPERATION_READ_WRITE, labels: closed },
];

/** Results that have no items: the labels of the call hold for all of it. */
export const unlabeled: readonly {
  readonly about: string;
  readonly tool: string;
  readonly result: object;
}[] = [
  { about: 'a note by itself', tool: 'read_note', result: textResult('{"visibility":"public"}') },
  { about: 'a list that failed', tool: 'list_notes', result: { ...listOf({}), isError: true } },
  { about: 'a list under another name', tool: 'list_notes', result: textResult('{"Notes":[]}') },
  { about: 'notes that are no list', tool: 'list_notes', result: textResult('{"notes":{"a":1}}') },
  { about: 'prose', tool: 'list_notes', result: textResult('Two notes.') },
  { about: 'no text', tool: 'list_notes', result: { content: [{ type: 'image', data: '', mimeType: '' }] } },
];
