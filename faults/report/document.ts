// docs/FAULTS.md: what was done, what came of it, in figures of one run.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Outcome } from '../run-all.ts';
import { misses, recoveryIn, settlingIn, totals } from './summary.ts';

const path = fileURLToPath(new URL('../../docs/FAULTS.md', import.meta.url));

/** -> where it was written, from the project's root */
export async function writeReport(outcome: Outcome): Promise<string> {
  const config = await resolveConfig(path);
  await writeFile(path, await format(document(outcome), { ...config, filepath: path }));
  return 'docs/FAULTS.md';
}

export function document(outcome: Outcome): string {
  const { machine, node, postgres, date, scale, seed, seconds, faults, overloads } = outcome;
  const all = totals(outcome);
  const missed = misses(outcome);
  const problems = [...faults, ...overloads].flatMap(({ title, problems: some }) =>
    some.map((problem) => `- **${title}**: ${firstLine(problem)}`),
  );
  return `# Faults

What is acknowledged with 200 is stored, and its rows are written: nothing of it is lost or done twice, whatever is killed,
cut, filled up or slowed down. This page is the record of one run that tried. It is written by \`npm run faults\`.

Nothing is simulated but the sender: the service is a real process, Postgres a real cluster with fsync, the faults are
signals, SQL and a TCP proxy. The sender signs and retries as Svix does (its pauses compressed), shuffles a tenant's events and
repeats a tenth of them. Afterwards each id that was answered 2xx is looked for in the inbox, and all rows are held against
a model of the tenant (under overload the inbox only: what was refused there is not sent again, so no model knows the rows).
Every answer must be 200, or 503 with \`Retry-After\` within 10 s (400 where the service's clock is wrong; a balancer's own 502 is not the service's).
A kill is not a power cut: what the disk does with a sync is not tried here. **Lost**: an acknowledged message that is not in the inbox, or dead, or a value that differs from the model's.
**Doubled**: a message that was told twice that it is new. **Seconds to recover**: the slowest of all repetitions, from the moment the
fault was over – Postgres takes connections again, say; where the service itself was ended, from that moment, its start included – to
the next 200. Where 200s go on through the fault, the longest time without one is told. *Alone*: nobody helped; a killed process is started again by its supervisor, as it would be anywhere.
**Pending then**: messages stored and not yet applied when the fault was over, and when the last of them was applied; the rows are compared after that.

Run: ${date}, ${machine.cores} CPUs, ${machine.memoryGb} GB, Node ${node}, Postgres ${postgres}; ${Math.round(seconds / 60)} minutes, scale ${scale}, seed ${seed}.
Service, Postgres and senders share the machine. Again: \`npm run faults\`; one row: \`npm run faults -- --only half-open\`; all names: \`--list\`.
${outcome.whole ? '' : '**Only some of the rows ran.**\n'}
The service ran at \`LOG_LEVEL=trace\`: ${all.logLines} log lines searched while it ran, ${all.leaks === 0 ? 'none held' : `**${all.leaks} held**`} a name, an address, a phone number, a link, metadata, a secret or a body of what was sent. Values were looked for word by word; plain lower-case words and short numbers, which may stand in any line, were not.

${missed === 0 ? 'Every row met its goal: lost 0, doubled 0, recovers alone within 5 s, alive; 503 always with `Retry-After` and within 10 s.' : `**${missed === 1 ? 'One row missed its goal' : `${missed} rows missed their goal`}:**\n\n${problems.join('\n')}`}

| fault | what was done | events sent | acknowledged | lost | doubled | seconds to recover | pending then |
| --- | --- | ---: | ---: | ---: | ---: | --- | --- |
${faults.map((row) => `| ${[row.title, whatWasDone(row), row.events, row.acknowledged, row.lost, row.doubled, recoveryIn(row), settlingIn(row)].join(' | ')} |`).join('\n')}

All together: ${all.sent} events sent (overload included), ${all.acknowledged} acknowledged, ${all.lost} lost, ${all.doubled} doubled.

## Overload

Beyond what it can hold the service answers 503 with \`Retry-After\`, and Svix comes again. These senders do not retry. Latency is counted from the
moment a request was written to a connection that the service had let in.

${overloads.map(section).join('\n\n')}
`;
}

function whatWasDone({ means, evidence }: Outcome['faults'][number]): string {
  return evidence === '' ? means : `${means} (${evidence})`;
}

function section({ title, means, figures, sent, acknowledged, lost }: Outcome['overloads'][number]): string {
  return `### ${title}

${means.charAt(0).toUpperCase()}${means.slice(1)}. ${sent} sent in all, ${acknowledged} acknowledged, ${lost} lost.

| | | goal |
| --- | --- | --- |
${figures.map(([what, value, goal = '']) => `| ${what} | ${value} | ${goal} |`).join('\n')}`;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
