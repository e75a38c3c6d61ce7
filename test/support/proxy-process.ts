// nginx and Caddy as processes, with the very files of deploy/compose/: only addresses, ports and folders are replaced.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { debianProgram } from './debian-program.ts';
import { freePort } from './service-process.ts';

export interface Proxy {
  readonly port: number;
  /** Certificate that its own is signed with. */
  readonly ca: string;
  /** All that it has written so far. */
  log(): string;
  /** Its configuration, as it was started with. */
  readonly configuration: string;
}

export type StartProxy = (upstreams: readonly number[], changes?: Changes) => Promise<Proxy>;

/** Text of the file -> what stands there instead; each must be there. */
export type Changes = Readonly<Record<string, string>>;

const files = fileURLToPath(new URL('../../deploy/compose/', import.meta.url));
const running = new Set<ChildProcess>();

export const startNginx: StartProxy = async (upstreams, changes = {}) => {
  const [folder, port] = [openProxyFolder(), await freePort()];
  makeCertificate(folder);
  const passing = change(read('nginx/mirror.conf'), {});
  writeFileSync(join(folder, 'mirror.conf'), passing);
  const configuration = change(read('nginx/nginx.conf'), {
    'pid /tmp/nginx.pid': `pid ${folder}/nginx.pid`,
    '/tmp/body': `${folder}/body`,
    '/tmp/proxy': `${folder}/proxy`,
    '/tmp/fastcgi': `${folder}/fastcgi`,
    '/tmp/uwsgi': `${folder}/uwsgi`,
    '/tmp/scgi': `${folder}/scgi`,
    'server clerk-mirror:3000 resolve max_fails=0;': upstreams
      .map((each) => `server 127.0.0.1:${each} max_fails=0;`)
      .join(' '),
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/nginx/tls': folder,
    '/etc/nginx/mirror.conf': `${folder}/mirror.conf`,
    ...changes,
  });
  writeFileSync(join(folder, 'nginx.conf'), configuration);
  const args = ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr', '-g', 'daemon off;'];
  const log = await launchProxy(debianProgram('nginx'), args, folder, port);
  return { port, ca: readFileSync(join(folder, 'fullchain.pem'), 'utf8'), log, configuration };
};

export const startCaddy: StartProxy = async (upstreams, changes = {}) => {
  const [folder, port] = [openProxyFolder(), await freePort()];
  const configuration = change(read('caddy/Caddyfile'), {
    'admin localhost:2019': `admin off\n\thttps_port ${port}`,
    'reverse_proxy clerk-mirror:3000': `reverse_proxy ${upstreams.map((each) => `127.0.0.1:${each}`).join(' ')}`,
    ...changes,
  });
  writeFileSync(join(folder, 'Caddyfile'), configuration);
  const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
  const log = await launchProxy(debianProgram('caddy'), args, folder, port);
  const ca = join(folder, 'caddy', 'pki', 'authorities', 'local', 'root.crt');
  return { port, ca: readFileSync(ca, 'utf8'), log, configuration };
};

/** For `afterAll`: no test leaves a proxy behind. */
export async function stopProxies(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      return gone;
    }),
  );
}

/** Resolves when it accepts connections on the port; `stopProxies` ends it. @returns what reads its output so far */
export async function launchProxy(
  command: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<() => string> {
  // A file: nginx opens /dev/stdout by its name, which a socket has none of.
  const output = join(folder, 'output');
  const to = openSync(output, 'a');
  const log = (): string => readFileSync(output, 'utf8');
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(command, args, {
    env: { ...env, DOMAIN: 'localhost' },
    stdio: ['ignore', to, to],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  for (let waited = 0; !(await answers(port)); waited += 50) {
    if (child.exitCode !== null || waited > 10_000) throw new Error(`${command} did not start:\n${log()}`);
    await sleep(50);
  }
  return log;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** A new folder that other users may enter. */
export function openProxyFolder(): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'proxy-'));
  // nginx's workers run as another user when we are root.
  chmodSync(folder, 0o755);
  return folder;
}

function makeCertificate(folder: string): void {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const to = ['-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')];
  execFileSync(debianProgram('openssl'), [...args, ...names, ...to], { stdio: 'ignore' });
}

function read(file: string): string {
  return readFileSync(join(files, file), 'utf8');
}

/** Errors: a text is not there, so that the file and its test cannot drift apart. */
export function change(text: string, changes: Changes): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the configuration has no "${from}"`);
    return changed.replaceAll(from, to);
  }, text);
}
