/** Two worlds that differ only in what an agent may not read: tool results of many shapes, and a guard that labels them. */
import fc, { type Arbitrary } from 'fast-check';
import { decide, stopsCall } from '../../gateway/monitor/access.ts';
import type { Labels } from '../../gateway/monitor/labels.ts';
import type { JudgedCall } from '../../gateway/response/judge-response.ts';
import type { DescribedLabels, ResponseLabels } from '../../gateway/response/response-labels.ts';
import { anyLabels, anyMode, naiveReturns } from './arbitrary-labels.ts';

/** One item: JSON as the backend spells it, and its labels. */
export interface Item {
  readonly json: string;
  readonly labels: DescribedLabels;
}

/** How a server writes a result, apart from what is in it. */
export interface Shape {
  readonly where: 'text' | 'prose and text' | 'structured' | 'content' | 'root';
  /** The second representation of the items. */
  readonly copy: 'none' | 'document' | 'member' | 'items' | 'text' | 'another form';
  readonly segments: readonly string[];
  /** Stands beside the items at every level of the document. */
  readonly siblings: string;
  /** Stands beside `content`. */
  readonly envelope: string;
  readonly separator: string;
  readonly form: 'paths' | 'items';
}

/** A call, and what one of two worlds answers to it. */
export interface World {
  readonly call: JudgedCall;
  readonly shape: Shape;
  readonly items: readonly Item[];
}

const scalars = [
  '0',
  '-0',
  '1.50',
  '9007199254740993',
  '1e400',
  'true',
  'null',
  '""',
  '"\\u00e9\\/\\n"',
  '"é]},{\\""',
  '"\\ud83d\\ude00"',
  // Readers differ in what this is.
  '{"id":1,"id":2}',
];
const json: Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...scalars),
    fc.string().map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(', ')}]`),
    fc
      .uniqueArray(fc.constantFrom('id', 'a/b', '', '__proto__', 'total', 'items'))
      .chain((names) =>
        fc
          .tuple(...names.map(() => tie('value')))
          .map((values) => `{${names.map((name, index) => `"${name}": ${values[index]}`).join(',')}}`),
      ),
  ),
})).value;

const described: Arbitrary<DescribedLabels> = anyLabels.map((labels) => ({ description: '', ...labels }));

const shapes: Arbitrary<Shape> = fc.record({
  where: fc.constantFrom('text', 'prose and text', 'structured', 'content', 'root'),
  copy: fc.constantFrom('none', 'document', 'member', 'items', 'text', 'another form'),
  segments: fc.constantFrom<string[][]>([], ['items'], ['data', 'a/b', 'nodes']),
  siblings: fc.constantFrom(
    '',
    '"total_count": 7',
    '"next_cursor":"c\\u00e9","pageInfo":{"endCursor":"e","totalCount":9007199254740993},"of":["sibling"]',
  ),
  envelope: fc.constantFrom('', '"isError":false', '"_meta":{"trace":1.0,"sluice.dev/outcome":"denied"}'),
  separator: fc.constantFrom(',', ', ', ',\n  '),
  form: fc.constantFrom('paths', 'items'),
}) as Arbitrary<Shape>;

/** Calls of an agent that reach the server. */
const callsOf = (agent: Arbitrary<Labels>): Arbitrary<JudgedCall> =>
  fc
    .record({
      mode: anyMode,
      operation: fc.constantFrom('read' as const, 'read-write' as const),
      agent,
      resource: anyLabels,
      tool: fc.constantFrom('list_things', 'get_things'),
      isWriteSink: fc.constant(false),
      notice: fc.constant('quiet' as const),
    })
    .filter((call) => !stopsCall(call, decide(call)));

const item: Arbitrary<Item> = fc.record({ json, labels: described });
const places = fc.array(fc.nat(), { maxLength: 4 });

/** A call and two worlds that are the same to who may read only what the agent may. */
export const twoWorldsOf = (agent: Arbitrary<Labels>): Arbitrary<readonly [World, World]> =>
  fc
    .record({
      call: callsOf(agent),
      shape: shapes,
      items: fc.array(item, { maxLength: 6 }),
      others: fc.array(item, { maxLength: 6 }),
      places,
    })
    .map(({ call, shape, items, others, places: at }) => {
      const isShown = ({ labels }: Item) => naiveReturns(call, labels);
      const other = items.filter(isShown);
      const hidden = others.filter((each) => !isShown(each));
      for (const [index, each] of hidden.entries())
        other.splice((at[index] ?? 0) % (other.length + 1), 0, each);
      return [
        { call, shape, items },
        { call, shape, items: other },
      ] as const;
    });

/**
 * Where all goes when anything does, that something is withheld shows: strict mode denies what holds anything unreadable,
 * and a second form of a response that is no copy of the first cannot be filtered alike. Nor are worlds alike where a
 * guard echoes items in one and has none to echo in the other, in propagate mode: saying nothing, it joins the agent with
 * the resource.
 */
export function areAlike(...worlds: readonly [World, World]): boolean {
  const [{ call, shape }] = worlds;
  const [hides, otherHides] = worlds.map(({ items }) =>
    items.some(({ labels }) => !naiveReturns(call, labels)),
  );
  const showsWithholding =
    call.mode === 'strict' || (shape.copy === 'another form' && shape.where.endsWith('text'));
  const isEchoLost =
    call.mode === 'propagate' && shape.form === 'items' && worlds.some(({ items }) => items.length === 0);
  return !isEchoLost && (!showsWithholding || hides === otherHides);
}

/** The same, where as many items are withheld for the same rules in both worlds: only what they say differs. */
export const twoWorldsOfOneCount: Arbitrary<readonly [World, World]> = fc
  .record({
    call: callsOf(anyLabels),
    shape: shapes,
    items: fc.array(fc.tuple(item, json), { maxLength: 6 }),
  })
  .map(({ call, shape, items }) => {
    const told = { ...call, notice: 'full' as const };
    const other = items.map(([each, instead]) =>
      naiveReturns(call, each.labels) ? each : { ...each, json: instead },
    );
    return [
      { call: told, shape, items: items.map(([each]) => each) },
      { call: told, shape, items: other },
    ] as const;
  });

/** The tool result of a world: JSON. */
export function resultOf({ shape, items }: World): string {
  const { where, copy, separator, envelope } = shape;
  const beside = envelope === '' ? '' : `,${envelope}`;
  const document = documentOf({ shape, items });
  switch (where) {
    case 'root':
      return `{"items":[${list(items, separator)}],"content":[]${beside}}`;
    case 'content':
      return `{"content":[${items.map(contentItem).join(separator)}]${beside}}`;
    case 'structured':
      return `{"structuredContent":${objectOf(document)},"content":[]${beside}}`;
    default: {
      const text = `{"type":"text","text":${JSON.stringify(document)},"annotations":{"priority":1}}`;
      const image = '{"type":"image","mimeType":"image/png","data":"UElY"}';
      const content = where === 'text' ? text : [image, text, image].join(separator);
      return `{"content":[${content}]${structured(copy, document, list(items, separator))}${beside}}`;
    }
  }
}

/** What a guard says that labels each item, and nothing else. */
export function labelsOf({ shape, items }: World): ResponseLabels {
  if (shape.form === 'items') {
    // Without anything to echo, a guard gives no labels.
    if (items.length === 0) return { kind: 'none' };
    const data = shape.where === 'content' ? contentItem : ({ json: own }: Item) => own;
    return { kind: 'items', entries: items.map((each) => ({ data: data(each), labels: each.labels })) };
  }
  const itemsPath = pathOf(shape);
  const entries = items.map(({ labels }, index) => ({ path: `${itemsPath}/${index}`, labels }));
  return { kind: 'paths', entries, defaultLabels: undefined, itemsPath };
}

function documentOf({ shape, items }: Pick<World, 'shape' | 'items'>): string {
  const { segments, siblings, separator } = shape;
  const beside = siblings === '' ? '' : `,${siblings}`;
  return segments.reduceRight(
    (inner, name) => `{${JSON.stringify(name)}:${inner}${beside}}`,
    `[${list(items, separator)}]`,
  );
}

function pathOf({ where, segments }: Shape): string {
  if (where === 'root') return '/items';
  if (where === 'content') return '/content';
  const inDocument = segments.map((name) => `/${name.replaceAll('/', '~1')}`).join('');
  if (where !== 'structured') return inDocument;
  return segments.length === 0 ? '/structuredContent/items' : `/structuredContent${inDocument}`;
}

function structured(copy: Shape['copy'], document: string, items: string): string {
  switch (copy) {
    case 'none':
      return '';
    case 'document':
      return `,"structuredContent":${document}`;
    case 'member':
      return `,"structuredContent":{"result": ${document}}`;
    case 'items':
      return `,"structuredContent":{"things":[${items}]}`;
    case 'another form':
      return `,"structuredContent":{"count":${items.length}}`;
    case 'text':
      return `,"structuredContent":{"content":${JSON.stringify(document)}}`;
  }
}

const list = (items: readonly Item[], separator: string) => items.map((each) => each.json).join(separator);
/** Prose, so that the texts together are no JSON. */
const contentItem = ({ json: own }: Item) => `{"type":"text","text":${JSON.stringify(`it says ${own}`)}}`;
const objectOf = (document: string) => (document.startsWith('[') ? `{"items":${document}}` : document);
