// The manifests of deploy/kubernetes/ agree with the service, and with each other: names, ports, labels, probes, graces, secrets.

import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/platform/config.ts';
import { settings } from '../../src/platform/settings.ts';
import { testSecret } from '../support/mirror.ts';
import { parseTrees, type Tree } from '../support/yaml-tree.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'deploy/kubernetes');
const load = (file: string): Tree[] => parseTrees(readFileSync(join(folder, file), 'utf8'), file);
const names: readonly string[] = settings.map(({ name }) => name);
const kustomizations = globSync('**/kustomization.yaml', { cwd: folder });
const all = globSync('{base,overlays}/**/*.yaml', { cwd: folder })
  .concat(globSync('components/*/{ingress,route,pod-monitor,prometheus-rule}.yaml', { cwd: folder }))
  .filter((file) => !file.endsWith('kustomization.yaml'))
  .flatMap(load);

function one(kind: string, name = 'clerk-mirror'): Tree {
  const [found, ...more] = all.filter(
    (each) => each.at('kind').text === kind && each.at('metadata/name').text === name,
  );
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} of ${kind} ${name}`);
  return found;
}

const pod = one('Deployment').at('spec/template');
const container = pod.at('spec/containers/0');
const ports = new Map(
  container.items('ports').map((port) => [port.at('name').text, port.at('containerPort').number]),
);
const secret = one('Secret').at('stringData').texts();
const given = { ...one('ConfigMap', 'clerk-mirror-settings').at('data').texts(), ...secret };

test('a kustomization names each file beside it, and only what is there', () => {
  expect(kustomizations.length).toBe(6);
  for (const path of kustomizations) {
    const [kustomization] = load(path);
    const paths = ['resources', 'patches', 'components'].flatMap(
      (list) =>
        kustomization
          ?.items(list)
          .map((each) => (list === 'patches' ? each.find('path')?.text : each.text)) ?? [],
    );
    const named = paths.filter((each) => each !== undefined);
    const beside = globSync('*.yaml', { cwd: join(folder, dirname(path)) }).map((file) => basename(file));
    // Given to others than `kubectl apply -k`.
    const others = ['kustomization.yaml', 'secret.example.yaml', 'adapter-rules.yaml'];
    expect([path, named.filter((each) => !each.includes('/')).sort()]).toEqual([
      path,
      beside.filter((file) => !others.includes(file)).sort(),
    ]);
    for (const other of named.filter((each) => each.includes('/')))
      expect(kustomizations).toContain(join(dirname(path), other, 'kustomization.yaml'));
  }
});

test('what the pod is given is a configuration of the service', () => {
  expect(names).toEqual(expect.arrayContaining(Object.keys(given)));
  // The example's secrets are words to be replaced.
  const own = { WEBHOOK_SECRET: testSecret, OPERATOR_TOKEN: 'x'.repeat(64), NODE_ENV: 'production' };
  const config = loadConfig({ ...given, ...own });
  expect([config.port, config.operatorPort]).toEqual([ports.get('http'), ports.get('operator')]);
  expect(config.operatorHost).toBe('0.0.0.0');
  const from = container.items('env');
  expect(from.length).toBe(4);
  for (const each of from) {
    const key = each.at('valueFrom/secretKeyRef/key').text;
    expect([each.at('name').text, each.at('valueFrom/secretKeyRef/name').text]).toEqual([
      key,
      'clerk-mirror',
    ]);
    expect(Object.keys(secret)).toContain(key);
  }
});

test('its end comes later than preStop and the grace together', () => {
  const [, ms] = /(\d+)\)$/.exec(container.at('lifecycle/preStop/exec/command/2').text) ?? [];
  expect(Number(ms)).toBeGreaterThan(3000);
  const grace = Number(given.SHUTDOWN_GRACE_SECONDS);
  expect(pod.at('spec/terminationGracePeriodSeconds').number).toBeGreaterThan(Number(ms) / 1000 + grace);
});

test('probes ask what the service answers, and readiness waits as long as that may take', () => {
  for (const probe of ['startupProbe', 'livenessProbe'])
    expect(container.at(probe).at('httpGet').value).toEqual({ path: '/healthz', port: 'http' });
  expect(container.at('readinessProbe/httpGet').value).toEqual({ path: '/readyz', port: 'http' });
  expect(container.at('readinessProbe/timeoutSeconds').number).toBeGreaterThan(2.5);
});

test('not root, nothing to write, no privileges', () => {
  expect(pod.at('spec/securityContext').value).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain('USER 1000:1000');
  expect(container.at('securityContext').value).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('whatever selects pods selects these, and calls their ports as they do', () => {
  const labels = pod.at('metadata/labels').value;
  const operator = one('Service', 'clerk-mirror-operator');
  for (const selector of [
    one('Deployment').at('spec/selector/matchLabels'),
    one('Service').at('spec/selector'),
    operator.at('spec/selector'),
    one('PodDisruptionBudget').at('spec/selector/matchLabels'),
    one('NetworkPolicy').at('spec/podSelector/matchLabels'),
    one('PodMonitor').at('spec/selector/matchLabels'),
  ])
    expect(labels).toMatchObject(selector.texts());
  expect(
    one('Service')
      .at('spec')
      .items('ports')
      .map((port) => port.at('targetPort').text),
  ).toEqual(['http']);
  expect(operator.at('spec/ports/0/targetPort').text).toBe('operator');
  expect(one('PodMonitor').at('spec/podMetricsEndpoints/0/port').text).toBe('operator');
  expect(one('HorizontalPodAutoscaler').at('spec/scaleTargetRef/name').text).toBe('clerk-mirror');
});

test('the operator port is for monitoring alone, and no way in leads there', () => {
  const [toPublic, toOperator, ...more] = one('NetworkPolicy').at('spec').items('ingress');
  expect(more).toEqual([]);
  expect(toPublic?.at('ports').value).toEqual([{ port: 'http', protocol: 'TCP' }]);
  expect(toOperator?.at('ports').value).toEqual([{ port: 'operator', protocol: 'TCP' }]);
  expect(JSON.stringify(toOperator?.at('from').value)).toContain('"monitoring"');
  for (const kind of ['Ingress', 'HTTPRoute']) {
    const text = JSON.stringify(one(kind).value);
    expect(text).toContain('"/api/webhooks"');
    expect(text).not.toMatch(/operator|3001|Prefix/);
  }
});

test('the autoscaler by metrics still knows the processor, and asks for what the adapter makes', () => {
  const [patch] = load('components/scale-by-metrics/autoscaler.yaml');
  const [adapter] = load('components/scale-by-metrics/adapter-rules.yaml');
  const metrics = patch?.at('spec').items('metrics') ?? [];
  expect(metrics[0]?.value).toEqual(one('HorizontalPodAutoscaler').at('spec/metrics/0').value);
  const asked = metrics.flatMap((each) => each.find('pods') ?? each.find('object') ?? []);
  expect(asked.map((each) => each.at('metric/name').text)).toEqual(
    adapter?.items('rules').map((rule) => rule.at('name/as').text),
  );
});

test('the alerts are those of deploy/prometheus/', () => {
  const [alerts] = parseTrees(readFileSync(join(root, 'deploy/prometheus/alerts.yml'), 'utf8'), 'alerts.yml');
  expect(one('PrometheusRule').at('spec').value).toEqual(alerts?.value);
});
