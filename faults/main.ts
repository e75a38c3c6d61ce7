// `npm run faults`: breaks a running service in every way listed, then holds the tables against what was acknowledged.

import { createLogger } from '../src/platform/logger.ts';
import { showProgress } from '../src/platform/progress.ts';
import { faults } from './faults.ts';
import { help, readOptions, type Options, type Wish } from './options.ts';
import { overloads } from './overload/overloads.ts';
import { writeReport } from './report/document.ts';
import { misses, summary } from './report/summary.ts';
import { runAll } from './run-all.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readWish(): Wish {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    say(`faults: ${error instanceof Error ? error.message : String(error)} --help tells more.`);
    process.exit(2);
  }
}

async function run(options: Options): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('stopping; what runs is ended');
      stopping.abort();
      // Again: at once. What the harness started goes with it.
      process.once(signal, () => process.exit(1));
    });
  }
  const rows = [...faults, ...overloads].filter(({ name }) => options.only?.includes(name) ?? true);
  const progress = showProgress('faults', rows.length, createLogger('info'));
  const outcome = await runAll({
    ...options,
    signal: stopping.signal,
    onRow(name, done) {
      progress.update(done, name);
    },
    onResult({ name, seconds, problems }) {
      say(`${problems.length === 0 ? 'ok  ' : 'MISS'} ${name} (${seconds.toFixed(0)} s)`);
    },
  }).finally(() => {
    progress.end();
  });
  process.stdout.write(`${options.json ? JSON.stringify(outcome, undefined, 2) : summary(outcome)}\n`);
  if (outcome.stopped) {
    say('Stopped before all rows ran.');
    return 1;
  }
  if (options.write || (options.only === undefined && options.scale >= 1))
    say(`written: ${await writeReport(outcome)}`);
  return misses(outcome) === 0 ? 0 : 1;
}

const wish = readWish();
if (wish === 'help') process.stdout.write(`${help}\n`);
else if (wish === 'list')
  for (const { name, title } of [...faults, ...overloads])
    process.stdout.write(`${name.padEnd(22)}${title}\n`);
else {
  const code = await run(wish).catch((error: unknown) => {
    say(`faults: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  });
  // A row that was stopped still waits for what is gone.
  process.exit(code);
}
