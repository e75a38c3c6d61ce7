// The alerts and the dashboard of deploy/: judged by promtool, then asked of a real Prometheus that scrapes a real service.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { openHandlersTest, type HandlersTest } from '../support/handlers-service.ts';
import { signed } from '../support/mirror.ts';
import * as support from '../support/prometheus-process.ts';
import { killServices, postSigned, userEvent, type ServiceProcess } from '../support/service-process.ts';

const { prometheusFiles, promtool } = support;
const file = (name: string): string => readFileSync(join(prometheusFiles, name), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(file('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(file('../grafana/clerk-mirror.json')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
};
/** As Grafana fills its variables in. */
const expressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: expr.replaceAll('$job', 'clerk-mirror').replaceAll('$__rate_interval', '1m'),
  })),
);

describe('alerts', () => {
  test('promtool takes them, and each fires when it should and only then', () => {
    expect(promtool('check', 'rules', 'alerts.yml')).toContain(`${rules.length} rules found`);
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  test('each is fired by a test', () => {
    for (const { alert } of rules) expect(file('alerts.test.yml')).toContain(alert);
  });

  test('each says what to do, and where the runbook tells more', () => {
    const headings = [...file('../../docs/RUNBOOK.md').matchAll(/^##+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const { alert, annotations } of rules) {
      expect([alert, Object.keys(annotations).sort()]).toEqual([alert, ['action', 'runbook', 'summary']]);
      const [path, anchor] = annotations.runbook!.split('#');
      expect([alert, path]).toEqual([alert, 'docs/RUNBOOK.md']);
      expect(headings).toContain(anchor);
    }
  });

  test('promtool takes the configuration', () => {
    const path = support.renderConfiguration('127.0.0.1:1', 'token');
    expect(promtool('check', 'config', path)).toContain('SUCCESS');
  });
});

describe('with a service at work', () => {
  const token = 'a-token-of-an-operator';
  let handlers: HandlersTest;
  let service: ServiceProcess;
  let prometheus: support.Prometheus;
  let going = true;
  let traffic: Promise<void>;

  beforeAll(async () => {
    handlers = await openHandlersTest();
    service = await handlers.start(
      `export default defineHandlers((on) => { on('user.created', 'welcome', async () => {}); });`,
      { OPERATOR_TOKEN: token },
    );
    // What a reconcile that left something behind writes.
    await handlers.client.query(`insert into clerk.sync_runs
      (kind, resource, fixes, instance_id, counts, heartbeat_at, started_at, finished_at)
      values ('reconcile', 'users', true, 'ins_1', '{"missing":3,"stale":1,"gone":0,"left":2}', now(), now(), now())`);
    const configuration = support.renderConfiguration(new URL(service.operator).host, token);
    prometheus = await support.startPrometheus(configuration);
    traffic = (async () => {
      for (let each = 0; going; each++) {
        await postSigned(service.webhooks, signed(userEvent(`user_${each}`), `msg_${each}`));
        await postSigned(service.webhooks, signed({ ...userEvent('user_0'), type: 'nobody.knows' }));
        const forged = signed(userEvent(`user_${each}`));
        await postSigned(service.webhooks, { ...forged, body: `${String(forged.body)} ` });
        await sleep(50);
      }
    })();
    // Rates need two scrapes, a second apart, with traffic in between.
    while ((await prometheus.query('rate(clerk_mirror_freshness_seconds_count[1m]) > 0')).length === 0)
      await sleep(200);
    await sleep(3000);
  }, 60_000);

  afterAll(async () => {
    going = false;
    await traffic;
    await prometheus.stop();
    await killServices();
    await handlers.close();
  });

  test('the target is up, by its token', async () => {
    expect(await prometheus.query('up{job="clerk-mirror"}')).toMatchObject([
      { value: [expect.anything(), '1'] },
    ]);
    const { status } = await fetch(`${service.operator}/metrics`);
    expect(status).toBe(401);
  });

  test.each(expressions)('dashboard, $title: $expr', async ({ expr }) => {
    const series = await prometheus.query(expr);
    expect(series.length).toBeGreaterThan(0);
    for (const { value } of series) expect(Number(value[1])).not.toBeNaN();
  });

  test('the variable of the dashboard finds this mirror', async () => {
    const definition = dashboard.templating.list
      .map((each) => each.definition)
      .find((each) => each !== undefined);
    const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? '') ?? [];
    expect(await prometheus.query(`count by (${label}) (${metric})`)).toMatchObject([
      { metric: { job: 'clerk-mirror' } },
    ]);
  });

  test('every metric that alerts and dashboard name is there', async () => {
    const scraped = await fetch(`${service.operator}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const there = new Set([...(await scraped.text()).matchAll(/^([a-z0-9_]+)/gm)].map(([name]) => name));
    const named = [...rules, ...expressions].flatMap(({ expr }) => [
      ...expr.matchAll(/\b(?:clerk_mirror|process|nodejs)_[a-z0-9_]+/g),
    ]);
    expect(named.map(([name]) => name).filter((name) => !there.has(name))).toEqual([]);
  });

  test('Prometheus evaluates every alert, and the one for drift waits to fire', async () => {
    const { groups } = (await prometheus.get('/api/v1/rules')) as {
      groups: { rules: { name: string; health: string; state: string }[] }[];
    };
    const all = groups.flatMap((group) => group.rules);
    expect(all.map(({ name, health }) => [name, health])).toEqual(rules.map(({ alert }) => [alert, 'ok']));
    expect(all.find(({ name }) => name === 'ClerkMirrorDriftLeft')?.state).toBe('pending');
    expect(all.filter(({ state }) => state === 'firing')).toEqual([]);
  });
});
