// What auto_explain wrote into the server's log.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { PlanNode } from './judge-plan.ts';

export interface LoggedPlan {
  /** application_name of whoever ran it. */
  readonly by: string;
  readonly text: string;
  readonly plan: PlanNode;
}

interface LogLine {
  readonly application_name?: string;
  readonly message?: string;
}

const mark = /^duration: [\d.]+ ms {2}plan:\n/;

/** From the place `start` in the log on. Plans of nobody who has a name are passed over. */
export async function* readPlans(file: string, start: number): AsyncGenerator<LoggedPlan> {
  const lines = createInterface({ input: createReadStream(file, { start }), crlfDelay: Infinity });
  for await (const line of lines) {
    const { application_name: by = '', message = '' } = JSON.parse(line) as LogLine;
    const found = mark.exec(message);
    if (found === null || by === '') continue;
    const { 'Query Text': text, Plan: plan } = JSON.parse(message.slice(found[0].length)) as {
      'Query Text': string;
      Plan: PlanNode;
    };
    yield { by, text: text.replaceAll(/\s+/g, ' ').trim(), plan };
  }
}
