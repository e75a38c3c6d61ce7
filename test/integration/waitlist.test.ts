// A waitlist entry carries its invitation: a row of its own, filled until the invitation's own event comes.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const entry = fixture('waitlistEntry.updated');
const invitation = entry.data.invitation as Record<string, unknown>;

test('the entry references its invitation, which has what the entry says of it, less its ticket', async () => {
  await mirror.send(entry);
  expect(await mirror.row('waitlist_entries', String(entry.data.id))).toMatchObject({
    invitation_id: invitation.id,
    status: 'invited',
  });
  const row = await mirror.row('invitations', String(invitation.id));
  expect(row).toMatchObject({ status: 'pending', email_address: invitation.email_address });
  expect(row?.data).toMatchObject({ url: null });
});

test("the invitation's own event stands, whichever came first", async () => {
  const own = change('invitation.accepted', { id: invitation.id, status: 'accepted', updated_at: 1 });
  for (const order of [
    [entry, own],
    [own, entry],
  ]) {
    await mirror.empty();
    for (const event of order) await mirror.send(event);
    expect(await mirror.row('invitations', String(invitation.id))).toMatchObject({ status: 'accepted' });
  }
});

test('an entry without invitation references none', async () => {
  await mirror.send(fixture('waitlistEntry.created'));
  const [row] = await mirror.rows('waitlist_entries');
  expect(row).toMatchObject({ invitation_id: null });
  expect(await mirror.rows('invitations')).toEqual([]);
});
