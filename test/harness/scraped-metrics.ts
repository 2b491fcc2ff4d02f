/** One series of a scrape, in Prometheus' words. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `/metrics` of a process says. */
export class ScrapedMetrics {
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseSample);
  }

  /** Scrapes a gateway; with a key where it asks for one. */
  static async of(url: string, key?: string): Promise<ScrapedMetrics> {
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(`${url}/metrics`, { headers });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return new ScrapedMetrics(await response.text());
  }

  /** The series of a name that have these labels. */
  series(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    const wanted = Object.entries(labels);
    return this.samples.filter(
      (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
    );
  }

  /** Their values together; undefined where there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const series = this.series(name, labels);
    return series.length === 0 ? undefined : series.reduce((sum, { value }) => sum + value, 0);
  }

  /** The values that a label has in the series of a name, each once. */
  values(name: string, label: string): string[] {
    return [...new Set(this.series(name).flatMap(({ labels }) => labels[label] ?? []))].sort();
  }
}

function parseSample(line: string): Sample {
  const [, name = '', words = '', value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const labels = [...words.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
    label,
    text,
  ]);
  return { name, labels: Object.fromEntries(labels), value: Number(value) };
}
