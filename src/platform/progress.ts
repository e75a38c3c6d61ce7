// How far long work has come: a bar on a terminal, a log line a few seconds apart elsewhere.

import cliProgress from 'cli-progress';
import type { Logger } from './logger.ts';

export interface Progress {
  /** `done` of the total, and what else is worth telling: 'retried 3'. */
  update(done: number, note?: string): void;
  end(): void;
}

const lineEveryMs = 3000;

export function showProgress(what: string, total: number, log: Logger): Progress {
  return process.stderr.isTTY ? bar(what, total) : lines(what, total, log);
}

function bar(what: string, total: number): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format: `${what} {bar} {percentage}% · {value}/{total} · {rate}/s · {eta_formatted} left {note}`,
      hideCursor: true,
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  const startedAt = Date.now();
  shown.start(total, 0, { rate: 0, note: '' });
  return {
    update(done, note = '') {
      const rate = Math.round(done / Math.max((Date.now() - startedAt) / 1000, 0.001));
      shown.update(Math.min(done, total), { rate, note });
    },
    end() {
      shown.stop();
    },
  };
}

function lines(what: string, total: number, log: Logger): Progress {
  let last = Date.now();
  return {
    update(done, note) {
      if (Date.now() - last < lineEveryMs) return;
      last = Date.now();
      log.info({ done, total, ...(note === undefined || note === '' ? {} : { note }) }, what);
    },
    end() {
      /* the command's own last line follows */
    },
  };
}
