// What keeps a process from starting, or a command from its work: with secrets in all the settings that could be quoted.

import { createServer, type AddressInfo } from 'node:net';
import { run, signingSecret, password, wrongPassword as wrong, type Settings } from './marked-run.ts';

/** Fails in every way, two at a time -> for each the exit code there should be and the one there was. */
export async function failToStart(settings: Settings): Promise<(readonly [number, number | null])[]> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const PORT = String((taken.address() as AddressInfo).port);
  const { DATABASE_URL: url = '' } = settings;
  const refused = url.replace(password, wrong);
  const main = (more: Settings): Promise<number | null> => run('main.ts', '', { ...settings, ...more });
  const cli = (args: string, more: Settings): Promise<number | null> =>
    run('cli.ts', args, { ...settings, ...more });
  const failures: readonly (readonly [number, () => Promise<number | null>])[] = [
    [1, () => main({ PORT })],
    [1, () => main({ DATABASE_URL: refused })],
    [1, () => main({ DATABASE_URL: url.replace(/:\d+\//, ':9/') })],
    [1, () => main({ DATABASE_URL: url.replace('127.0.0.1', 'nowhere.invalid') })],
    [2, () => main(wrongSettings(url))],
    [2, () => main({ WEBHOOK_SECRET: `whsec_${wrong}`, OPERATOR_HOST: '0.0.0.0', OPERATOR_TOKEN: '' })],
    [2, () => main({ WEBHOOK_SECRET: `${signingSecret} whsec_${btoa(wrong.slice(0, 18))}` })],
    [1, () => cli('status', { DATABASE_URL: refused })],
    [1, () => cli('doctor --json', { DATABASE_URL: refused })],
    [2, () => cli('doctor', { DATABASE_URL: url.replace('postgres:', 'mysql:') })],
    [1, () => cli('migrate', { DATABASE_URL: refused })],
    [1, () => cli('replay --all', { DATABASE_URL: refused })],
    // A failure that nobody foresaw: with its stack, without its words.
    [1, () => cli('status', { DATABASE_SCHEMA: 'unreadable' })],
  ];
  const codes: (readonly [number, number | null])[] = [];
  for (let at = 0; at < failures.length; at += 2) {
    const pair = failures.slice(at, at + 2);
    codes.push(...(await Promise.all(pair.map(async ([code, fail]) => [code, await fail()] as const))));
  }
  await new Promise((resolve) => taken.close(resolve));
  return codes;
}

/** Pasted into the wrong lines. */
function wrongSettings(url: string): Settings {
  return {
    DATABASE_URL: url.replace('@', '/@'),
    WEBHOOK_SECRET: wrong,
    CLERK_API_URL: `ftp://${wrong}@x`,
    OTEL_EXPORTER_OTLP_ENDPOINT: wrong,
    PORT: wrong,
    LOG_LEVEL: wrong,
    BODY_LIMIT: wrong,
    TRUST_PROXY: wrong,
    DATABASE_SCHEMA: wrong,
    BACKFILL_ON_START: wrong,
  };
}
