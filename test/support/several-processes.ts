// A service of two processes: one of them is killed, then all are told to stop under load.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { listen, send, user, type Settings } from './marked-run.ts';
import { until } from './until.ts';
import { startService } from './service-process.ts';

/** -> its exit code */
export async function stopSeveral(settings: Settings): Promise<number | null> {
  const service = await startService({ ...settings, WEB_CONCURRENCY: '2' });
  const workers = (): number[] => childrenOf(service.child.pid ?? 0);
  const [worker] = workers();
  if (worker === undefined) throw new Error('there is no worker process');
  process.kill(worker, 'SIGKILL');
  await until('a worker died', () => service.lines.some((line) => line.includes('a worker died')));
  await until('there are two again', () => workers().filter((pid) => pid !== worker).length === 2);
  let answered = 0;
  const sendUntilGone = async (sender: number): Promise<void> => {
    for (let each = 0; ; each++) {
      const { status } = await send(service.webhooks, user(`several_${sender}_${each}`));
      if (status === 0) return;
      answered++;
    }
  };
  const senders = Promise.all(Array.from({ length: 8 }, (_, sender) => sendUntilGone(sender)));
  await until('load', () => answered > 100);
  service.child.kill('SIGTERM');
  await senders;
  const finished = await service.finished;
  listen(finished);
  return finished.code;
}

export function childrenOf(pid: number): number[] {
  if (process.platform === 'linux')
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return all
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}
