// A real Prometheus with the files of deploy/prometheus/: only paths, ports and how often it scrapes are replaced.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { debianProgram } from './debian-program.ts';
import { change } from './proxy-process.ts';
import { freePort } from './service-process.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  query(expression: string): Promise<readonly Series[]>;
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

export const prometheusFiles = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));

/** Its output, or, where it fails, an error with all of it. */
export function promtool(...args: readonly string[]): string {
  try {
    return execFileSync(debianProgram('prometheus', ['promtool']), args, {
      encoding: 'utf8',
      cwd: prometheusFiles,
      stdio: 'pipe',
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** -> the path of the configuration, as a machine other than a container has it. */
export function renderConfiguration(target: string, token: string): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'prometheus-'));
  writeFileSync(join(folder, 'operator-token'), token, { mode: 0o600 });
  const path = join(folder, 'prometheus.yml');
  const configuration = change(readFileSync(join(prometheusFiles, 'prometheus.yml'), 'utf8'), {
    'scrape_interval: 15s': 'scrape_interval: 1s',
    'evaluation_interval: 15s': 'evaluation_interval: 1s',
    'scrape_timeout: 5s': 'scrape_timeout: 1s',
    '/etc/prometheus/alerts.yml': join(prometheusFiles, 'alerts.yml'),
    '/etc/prometheus/operator-token': join(folder, 'operator-token'),
    'clerk-mirror:3001': target,
  });
  writeFileSync(path, configuration);
  return path;
}

export async function startPrometheus(configuration: string): Promise<Prometheus> {
  const port = await freePort();
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'prometheus-data-'));
  const output = join(folder, 'output');
  const to = openSync(output, 'a');
  const child: ChildProcess = spawn(
    debianProgram('prometheus'),
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', to, to] },
  );
  const get = async (path: string): Promise<unknown> =>
    ((await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as { readonly data: unknown }).data;
  for (let waited = 0; !(await isReady(port)); waited += 50) {
    if (child.exitCode !== null || waited > 20_000)
      throw new Error(`Prometheus did not start:\n${readFileSync(output, 'utf8')}`);
    await sleep(50);
  }
  return {
    get,
    async query(expression) {
      const answer = await get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      if (answer === undefined) throw new Error(`Prometheus refuses ${expression}`);
      return (answer as { readonly result: readonly Series[] }).result;
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  } catch {
    return false;
  }
}
