// nginx before the replicas: one worker, so that neighbours in time go to different replicas, and a line for each request that says where it went.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../../src/platform/embedded-postgres/free-port.ts';
import { findProgram, Program } from './program.ts';

const logName = 'requests.log';

export interface Passed {
  readonly messageId: string;
  readonly status: number;
  readonly replica: string;
  /** Seconds since 1970, from nginx's clock. */
  readonly from: number;
  readonly to: number;
}

export class Nginx {
  readonly port: number;
  readonly #program: Program;

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.port = port;
  }

  static find(): Promise<string> {
    return findProgram('nginx', 'nginx-light');
  }

  static async start(folder: string, replicas: readonly number[]): Promise<Nginx> {
    const port = await findFreePort();
    const program = await Program.start({
      path: await Nginx.find(),
      folder,
      configuration: configurationOf(folder, port, replicas),
      args: (file) => ['-p', folder, '-c', file, '-e', 'stderr'],
      port,
    });
    return new Nginx(program, port);
  }

  cpuSeconds(): Promise<number> {
    return this.#program.cpuSeconds();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  /** Whole only after a stop: lines are written in blocks. */
  async passed(): Promise<Passed[]> {
    const text = await readFile(join(this.#program.folder, logName), 'utf8');
    return text.split('\n').flatMap((line) => {
      const [end, took, status, replica, messageId] = line.split(' ');
      if (replica === undefined || messageId === undefined || messageId === '-') return [];
      return [
        { messageId, status: Number(status), replica, from: Number(end) - Number(took), to: Number(end) },
      ];
    });
  }
}

function configurationOf(folder: string, port: number, replicas: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${folder}/${each};`,
  );
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 2048; }
http {
  ${temporary.join(' ')}
  log_format requests '$msec $request_time $status $upstream_addr $http_svix_id';
  access_log ${folder}/${logName} requests buffer=256k;
  client_body_buffer_size 64k;
  keepalive_requests 1000000;
  upstream replicas {
    ${replicas.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')}
    keepalive 256; keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      # What one replica failed to answer is a failed request, not another replica's.
      proxy_next_upstream off;
    }
  }
}
`;
}
