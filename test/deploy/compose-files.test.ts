// The files of deploy/ for Compose and platforms agree with the service, and with each other: settings, ports, graces, secrets, limits.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/platform/config.ts';
import { settings } from '../../src/platform/settings.ts';
import { parseTrees, type Tree } from '../support/yaml-tree.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const names: readonly string[] = settings.map(({ name }) => name);
const defaultGrace = Number(settings.find(({ name }) => name === 'SHUTDOWN_GRACE_SECONDS')?.fallback);
/** What Svix waits for, and the service takes at most, s. */
const [svixWaits, serviceTakes] = [15, 10];

function yaml(path: string): Tree {
  const [tree] = parseTrees(read(path), path);
  if (tree === undefined) throw new Error(`${path} is empty`);
  return tree;
}

function seconds(text: string | undefined): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(text ?? '') ?? [];
  return Number(number) / (unit === 'ms' ? 1000 : 1);
}

test('every file is well-formed', () => {
  const files = globSync('{deploy/**/*.{yml,yaml,json},docker-compose*.yml}', { cwd: root });
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    if (file.endsWith('.json')) JSON.parse(read(file));
    else parseTrees(read(file), file);
  }
});

describe('compose', () => {
  const services = yaml('docker-compose.yml').at('services');

  test('the base hands every setting on, and publishes nothing by itself', () => {
    const mirror = services.at('clerk-mirror');
    expect(mirror.at('environment').keys().sort()).toEqual(names.filter((name) => name !== 'HOST').sort());
    for (const service of services.keys()) expect(services.at(service).find('ports')).toBeUndefined();
    expect(seconds(mirror.at('stop_grace_period').text)).toBeGreaterThan(defaultGrace);
  });

  test('on a machine of one’s own: both ports, for itself alone', () => {
    expect(yaml('docker-compose.override.yml').at('services/clerk-mirror/ports').value).toEqual([
      '${PUBLISH:-127.0.0.1}:${PORT:-3000}:3000',
      '127.0.0.1:${OPERATOR_PORT:-3001}:3001',
    ]);
  });

  test.each(['caddy', 'nginx', 'traefik'])('%s: only TLS is open, secrets are asked for', (name) => {
    const overlay = yaml(`deploy/compose/${name}/compose.yml`).at('services');
    const [mirror, proxy] = [overlay.at('clerk-mirror'), overlay.at(name)];
    const environment = mirror.at('environment').texts();
    for (const secret of ['WEBHOOK_SECRET', 'OPERATOR_TOKEN'])
      expect(environment[secret]).toMatch(new RegExp(`^\\$\\{${secret}:\\?`));
    expect(environment.DATABASE_URL).toContain('${POSTGRES_PASSWORD:?');
    expect(names).toEqual(expect.arrayContaining(Object.keys(environment)));
    for (const port of mirror.items('ports')) expect(port.text).toMatch(/^127\.0\.0\.1:.*:3001$/);
    expect(proxy.at('ports').value).toEqual(['443:443']);
    expect(proxy.at('networks').value).toEqual(['edge']);
    expect(mirror.at('networks').value).toEqual(['default', 'edge']);
    expect(overlay.at('postgres').find('networks')).toBeUndefined();
    const mounted = proxy.items('volumes').map(({ text }) => text.split(':')[0] ?? '');
    expect(mounted.filter((path) => path.startsWith('./')).length).toBeGreaterThan(0);
    for (const path of mounted)
      if (path.startsWith('./')) expect(read(path)).not.toMatch(/:3001|operator:|clerk-mirror:(?!3000)\d/);
  });

  test('all wait longer than the service takes and less than Svix does; their limit on bodies is above ours', () => {
    const routes = yaml('deploy/compose/traefik/routes.yml').at('http');
    const waits = [
      /proxy_read_timeout (\w+);/.exec(read('deploy/compose/nginx/mirror.conf'))?.[1],
      /response_header_timeout (\w+)/.exec(read('deploy/compose/caddy/Caddyfile'))?.[1],
      routes.at('serversTransports/patient/forwardingTimeouts/responseHeaderTimeout').text,
    ].map(seconds);
    expect(Math.min(...waits)).toBeGreaterThan(serviceTakes);
    expect(Math.max(...waits)).toBeLessThan(svixWaits);
    const limit = loadConfig({}).bodyLimitBytes;
    const kilobytes = /client_max_body_size (\d+)k;/.exec(read('deploy/compose/nginx/nginx.conf'))?.[1];
    const buffered = routes.at('middlewares/limit-body/buffering/maxRequestBodyBytes').number;
    for (const bytes of [Number(kilobytes) * 1024, buffered]) expect(bytes / limit).toBeCloseTo(1.125);
  });
});

describe('platforms', () => {
  const render = yaml('deploy/platforms/render.yaml').at('services/0');
  const cloudRun = yaml('deploy/platforms/cloud-run.yaml').at('spec/template/spec');
  const [railway] = parseTrees(read('deploy/platforms/railway.json'), 'railway.json');
  const fly = read('deploy/platforms/fly.toml');

  test('they set settings that there are', () => {
    const table = /\n\[env\]\n([^[]*)/.exec(fly)?.[1] ?? '';
    const set = [
      ...render.items('envVars').map((each) => each.at('key').text),
      ...cloudRun
        .at('containers/0')
        .items('env')
        .map((each) => each.at('name').text),
      ...[...table.matchAll(/^ *(\w+) =/gm)].map(([, name]) => name),
    ];
    expect(set.length).toBeGreaterThan(14);
    expect(names).toEqual(expect.arrayContaining(set));
  });

  test('they ask for health where it is, stay awake, and end later than the service', () => {
    expect(render.at('healthCheckPath').text).toBe('/readyz');
    expect(railway?.at('deploy/healthcheckPath').text).toBe('/readyz');
    expect(fly).toContain("path = '/readyz'");
    expect(cloudRun.at('containers/0/livenessProbe/httpGet/path').text).toBe('/healthz');
    expect(railway?.at('deploy/sleepApplication').value).toBe(false);
    expect(fly).toContain("auto_stop_machines = 'off'");
    const graces = [
      render.at('maxShutdownDelaySeconds').number,
      railway?.at('deploy/drainingSeconds').number,
      Number(/kill_timeout = '(\d+)s'/.exec(fly)?.[1]),
    ];
    for (const grace of graces) expect(grace).toBeGreaterThan(defaultGrace);
    const given = cloudRun.at('containers/0').items('env');
    const own = given.find((each) => each.at('name').text === 'SHUTDOWN_GRACE_SECONDS');
    // Cloud Run kills after 10 s, whatever is asked for.
    expect(Number(own?.at('value').text)).toBeLessThan(10);
  });
});
