import type { ExportedSpan } from './exported.ts';

/**
 * Spans of one trace as indented lines, by their beginnings, or where those are in the same millisecond as they arrived:
 * process, kind, name, the attributes asked for, `!` where the span failed. A span whose parent was not exported stands at
 * the margin.
 */
export function spanTree(spans: readonly ExportedSpan[], attributes: readonly string[] = []): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const sorted = spans.toSorted((a, b) => Number(a.startNs - b.startNs));
  const lines = (parent: ExportedSpan | undefined, depth: number): string[] =>
    sorted
      .filter(({ parentSpanId }) =>
        parent === undefined ? !known.has(parentSpanId) : parentSpanId === parent.spanId,
      )
      .flatMap((span) => [`${'  '.repeat(depth)}${lineOf(span, attributes)}`, ...lines(span, depth + 1)]);
  return lines(undefined, 0).join('\n');
}

function lineOf(span: ExportedSpan, attributes: readonly string[]): string {
  const chosen = attributes.flatMap((name) => {
    const value = span.attributes[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const mark = span.status === 'ERROR' ? ['!'] : [];
  const service = span.service.replace(/^sluice-/, '');
  return [`${service} ${span.kind} ${span.name}`, ...chosen, ...mark].join(' ');
}
