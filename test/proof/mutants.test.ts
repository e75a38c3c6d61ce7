// The test of the test: where a guarantee is broken on purpose, the property finds a history that shows it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterUrl } from '../support/cluster.ts';
import { copyProject, soakIn, type Copy } from '../property/mutate.ts';
import { mutants } from '../property/mutants.ts';
import { mutantsOfResources } from '../property/mutants-of-resources.ts';

/** Most are found among the first ten; the most hidden ones, which need a race or a rare meeting, in some hundreds. */
const histories = 6000;

/** Rows that differ, or that a foreign key refuses: a mutant that cannot even run would prove nothing. */
const isFinding = /^Differences \(|^Error: error: .* violates foreign key constraint/m;
/** Nor would one whose SQL fails, so that its messages wait for the retry loop. */
const isFailedSql = /last_error: null \| "(?!postgres 23503)/;

let copy: Copy;

beforeAll(async () => {
  copy = await copyProject();
});
afterAll(() => copy.remove());

const all = [...mutants, ...mutantsOfResources];

// At once, not after minutes: where a piece was renamed, its mutant must follow.
test('every mutant replaces a piece that is there once', async () => {
  for (const mutant of all) {
    const restore = await copy.mutate(mutant);
    await restore();
  }
});

test('the unchanged copy passes', async () => {
  const { code, output } = await soakIn(copy.folder, ['--histories', '150'], clusterUrl());
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('150 histories') });
}, 60_000);

describe('the property finds', () => {
  test.each(all.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (_name, mutant) => {
      const restore = await copy.mutate(mutant);
      try {
        const args = ['--histories', String(histories), '--first', ...(mutant.erasing ? ['--erase'] : [])];
        const { code, output } = await soakIn(copy.folder, args, clusterUrl());
        expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(isFinding) });
        expect(output).not.toMatch(isFailedSql);
      } finally {
        await restore();
      }
    },
    120_000,
  );
});
