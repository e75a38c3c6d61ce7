// The flooder as a row sees it: an order, then what came of it.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Flooded, FloodOrder, FloodReply, Phase } from './protocol.ts';

export class Flooder {
  readonly #child: ChildProcess;

  constructor(name: string, secret: string) {
    this.#child = fork(fileURLToPath(new URL('flooder-process.ts', import.meta.url)), [name], {
      env: { WEBHOOK_SECRET: secret },
      execArgv: [],
    });
  }

  /** Resolves when all is answered; `onPhase` is called when the first request leaves, and when the last one has. */
  flood(order: FloodOrder, onPhase?: (phase: Phase) => void): Promise<Flooded> {
    return new Promise((resolve, reject) => {
      const gone = (): void => {
        reject(new Error('the flooder ended by itself'));
      };
      const hear = (reply: FloodReply): void => {
        if ('phase' in reply) {
          onPhase?.(reply.phase);
          return;
        }
        this.#child.off('message', hear).off('exit', gone);
        if ('failed' in reply) reject(new Error(reply.failed));
        else resolve(reply.flooded);
      };
      this.#child.on('message', hear).once('exit', gone);
      this.#child.send(order);
    });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
