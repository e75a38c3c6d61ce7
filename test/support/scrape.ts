// What a scrape of /metrics says, read as strictly as Prometheus reads it.

import { expect } from '@jest/globals';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape extends Told {
  readonly status: number;
  readonly contentType: string;
  readonly ms: number;
}

export interface Told {
  readonly samples: readonly Sample[];
  /** Of the one series of that name with these labels, whatever others it has; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** The label's values of all series of that name, each with its number. */
  by(name: string, label: string): Record<string, number>;
}

export async function scrape(operator: string): Promise<Scrape> {
  const startedAt = performance.now();
  const response = await fetch(`${operator}/metrics`);
  const text = await response.text();
  const ms = performance.now() - startedAt;
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    ms,
    ...readMetrics(text),
  };
}

export function readMetrics(text: string): Told {
  const samples = parse(text);
  const find = (name: string, labels: Readonly<Record<string, string>> = {}): Sample[] =>
    samples.filter(
      (each) =>
        each.name === name && Object.entries(labels).every(([label, value]) => each.labels[label] === value),
    );
  return {
    samples,
    value(name, labels) {
      const found = find(name, labels);
      // Beside one that counts, others may be 0 from the start.
      const counting = found.filter(({ value }) => value !== 0);
      expect(counting.length).toBeLessThanOrEqual(1);
      return (counting[0] ?? found[0])?.value;
    },
    by: (name, label) =>
      Object.fromEntries(find(name).map(({ labels, value }) => [labels[label] ?? '', value])),
  };
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?(?:\d[\d.e+-]*)|Na[Nn]|\+Inf|-Inf)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** Each series once, each of a metric that said its type before. */
function parse(text: string): Sample[] {
  const types = new Map<string, string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  for (const each of text.split('\n').filter((one) => one !== '')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(each);
    if (type !== null) types.set(type[1]!, type[2]!);
    if (each.startsWith('#')) continue;
    const found = line.exec(each);
    if (found === null) throw new Error(`no line of the format: ${each}`);
    const [, name = '', labels = '', value = ''] = found;
    const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
    if (!types.has(family)) throw new Error(`a sample without a type: ${each}`);
    const key = each.slice(0, each.lastIndexOf(' '));
    if (seen.has(key)) throw new Error(`twice: ${key}`);
    seen.add(key);
    samples.push({ name, labels: readLabels(labels), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const at = label.lastIndex;
    const found = label.exec(text);
    if (found === null) throw new Error(`no labels: ${text.slice(at)}`);
    labels[found[1]!] = found[2]!.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  }
  return labels;
}
