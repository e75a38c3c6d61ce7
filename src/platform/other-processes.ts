// What other processes have counted, as they last reported it. One that hangs is told as it was; one that ended stays counted.

import type { MetricObjectWithValues, MetricValue } from 'prom-client';

type Metric = MetricObjectWithValues<MetricValue<string>>;

/** All metrics of a process, as plain objects. */
export type Report = readonly Metric[];

/** What is now, as memory, ends with its process; what was counted does not: a sum that falls would look like a restart. */
const lasting = new Set(['counter', 'histogram']);

export class OtherProcesses {
  readonly #reports = new Map<number, Report>();
  readonly #ended = new Map<string, Metric>();

  take(process: number, report: Report): void {
    this.#reports.set(process, report);
  }

  lost(process: number): void {
    const last = this.#reports.get(process) ?? [];
    this.#reports.delete(process);
    for (const metric of last.filter(({ type }) => lasting.has(String(type)))) {
      const before = this.#ended.get(metric.name);
      this.#ended.set(metric.name, before === undefined ? metric : sum(before, metric));
    }
  }

  /** None where nobody ever reported. */
  reports(): Report[] {
    const ended = [...this.#ended.values()];
    return [...(ended.length === 0 ? [] : [ended]), ...this.#reports.values()];
  }
}

/** Values of the same name and labels are added up; prom-client does it for a whole registry only, and later. */
function sum(before: Metric, last: Metric): Metric {
  const values = new Map<string, Metric['values'][number]>();
  for (const value of [...before.values, ...last.values]) {
    const { metricName, labels } = value as typeof value & { readonly metricName?: string };
    const key = JSON.stringify([metricName, labels]);
    values.set(key, { ...value, value: value.value + (values.get(key)?.value ?? 0) });
  }
  return { ...last, values: [...values.values()] };
}
