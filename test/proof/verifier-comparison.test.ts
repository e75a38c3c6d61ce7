// Our judgement of a request beside Clerk's own verifyWebhook and standardwebhooks: never laxer, and where stricter, on purpose.

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { differenceNames, reasonsToAccept, reasonsToRefuse } from '../support/deliberate-differences.ts';
import { judgeAll } from '../support/judges.ts';
import { mutatedRequest, now } from '../support/mutated-requests.ts';

const requests = 20_000;
const { stackTraceLimit } = Error;

beforeEach(() => {
  // One moment for all, so that what is exactly five minutes old is no race.
  jest.useFakeTimers({ now, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
  // Most refusals are errors, and an error's stack costs more than a signature.
  Error.stackTraceLimit = 0;
});
afterEach(() => {
  jest.useRealTimers();
  Error.stackTraceLimit = stackTraceLimit;
});

test('of 20,000 requests we accept none that both others refuse, and refuse what they accept only for a known reason', async () => {
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);

  await fc.assert(
    fc.asyncProperty(mutatedRequest, async (request) => {
      const judgements = await judgeAll(request);
      const { ours, clerk, standard, hmac } = judgements;
      count(ours ? 'accepted' : 'refused');
      const strict = reasonsToRefuse(request);
      // The others share their code with svix, which decides for us: an HMAC of our own has no code in common with it.
      if (ours)
        expect({ others: clerk || standard, hmac, strict }).toEqual({ others: true, hmac: true, strict: [] });
      if (ours === clerk && ours === standard) return;
      const reasons = ours ? reasonsToAccept(request, judgements) : strict;
      expect({ ...judgements, reasons }).not.toMatchObject({ reasons: [] });
      // Among several, none is shown to be the one.
      if (reasons.length === 1) count(reasons[0]!);
    }),
    { numRuns: requests },
  );

  // Neither a crowd of good ones nor of bad ones would say much.
  expect(counts.get('accepted')).toBeGreaterThan(requests * 0.3);
  expect(counts.get('refused')).toBeGreaterThan(requests * 0.3);
  // A difference that never showed is none, or was never tried.
  expect(differenceNames.filter((name) => !counts.has(name))).toEqual([]);
}, 120_000);
