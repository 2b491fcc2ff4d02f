/** A metric as the processes have it in their tables. */
interface NamedMetric {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
}

/** By whom a metric got its name in Prometheus: a collector (or Prometheus itself, over OTLP), or the processes' own `/metrics`. */
export type Spelling = 'collected' | 'scraped';

const unitSuffixes: ReadonlyMap<string, string> = new Map([
  ['s', '_seconds'],
  ['By', '_bytes'],
]);

/** The names of a metric's series in Prometheus. Only collectors append the unit; both append `_total` to what only grows. */
export function prometheusNames({ name, kind, unit }: NamedMetric, spelling: Spelling): string[] {
  const bare = labelName(name) + (spelling === 'collected' ? (unitSuffixes.get(unit) ?? '') : '');
  if (kind === 'histogram') return ['bucket', 'sum', 'count'].map((part) => `${bare}_${part}`);
  return [kind.endsWith('counter') ? `${bare}_total` : bare];
}

/** An attribute's name, or a metric's without what is appended. */
export function labelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

/** What a query in PromQL is about. */
export interface QueryNames {
  /** Names of metrics, or patterns of them. */
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/** Reads the names in a query, or in Grafana's `label_values(…)`. */
export function namesInQuery(query: string): QueryNames {
  const grouping = /\b(?:by|without) \(([^)]*)\)/g;
  const selector = /\{([^}]*)\}/g;
  const asked = /^label_values\((.*), (\w+)\)$/s.exec(query);
  const text = asked?.[1] ?? query;
  const matchers = [...text.matchAll(selector)].flatMap(([, inner = '']) => [
    ...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g),
  ]);
  const patterns = matchers.flatMap(([, label, value = '']) => (label === '__name__' ? value : []));
  const compared = matchers.flatMap(([, label = '']) => (label === '__name__' ? [] : label));
  const grouped = [...text.matchAll(grouping)].flatMap(([, inner = '']) =>
    inner.split(',').map((name) => name.trim()),
  );
  const rest = text.replaceAll(grouping, '').replaceAll(selector, '');
  const bare = [...rest.matchAll(/\b(?:sluice|mcp)_\w+/g)].map(([name]) => name);
  return {
    metrics: [...patterns, ...bare],
    labels: [...compared, ...grouped, ...(asked?.[2] ?? '').split(/$/)].filter((name) => name !== ''),
  };
}
