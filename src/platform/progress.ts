// How far long work has come: a bar on a terminal, a log line a few seconds apart elsewhere.

import cliProgress from 'cli-progress';
import type { Logger } from './logger.ts';

export interface Progress {
  /** `done` of the total, and what else is worth telling: 'retried 3'. The total may become known, or change. */
  update(done: number, note?: string, total?: number): void;
  end(): void;
}

const lineEveryMs = 3000;

/** `total`: undefined where nobody knows how much there is. */
export function showProgress(what: string, total: number | undefined, log: Logger): Progress {
  return process.stderr.isTTY ? bar(what, total) : logProgress(what, total, log);
}

function bar(what: string, total: number | undefined): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format:
        total === undefined
          ? `${what} {value} · {rate}/s {note}`
          : `${what} {bar} {percentage}% · {value}/{total} · {rate}/s · {eta_formatted} left {note}`,
      hideCursor: true,
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  const startedAt = Date.now();
  shown.start(total ?? Infinity, 0, { rate: 0, note: '' });
  return {
    update(done, note = '', newTotal = total) {
      if (newTotal !== undefined) shown.setTotal(newTotal);
      const rate = Math.round(done / Math.max((Date.now() - startedAt) / 1000, 0.001));
      shown.update(Math.min(done, newTotal ?? Infinity), { rate, note });
    },
    end() {
      shown.stop();
    },
  };
}

/** As log lines, also where there is a terminal: for what goes on beside other work. */
export function logProgress(what: string, total: number | undefined, log: Logger): Progress {
  let last = Date.now();
  return {
    update(done, note, newTotal = total) {
      if (Date.now() - last < lineEveryMs) return;
      last = Date.now();
      log.info(
        {
          done,
          ...(newTotal === undefined ? {} : { total: newTotal }),
          ...(note === undefined || note === '' ? {} : { note }),
        },
        what,
      );
    },
    end() {
      /* the command's own last line follows */
    },
  };
}
