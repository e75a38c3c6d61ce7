// Hostile messages, one at a time: signed, sent, looked up in the inbox, and followed by an ordinary event that must go through.

import { expect } from '@jest/globals';
import { contractFaults } from './contract-answer.ts';
import { change } from './fixtures.ts';
import { newMessageId, openMirror, signed, type TestMirror } from './mirror.ts';
import { openSender, type Sender } from './sender.ts';

/** Event type, its table, a text column of it. */
export const mirroredObjects = [
  ['user.created', 'users', 'first_name'],
  ['session.created', 'sessions', 'status'],
  ['organization.created', 'organizations', 'name'],
  ['organizationMembership.created', 'organization_memberships', 'role_name'],
  ['organizationInvitation.created', 'organization_invitations', 'role_name'],
  ['organizationDomain.created', 'organization_domains', 'name'],
] as const;

export interface HostileSender {
  readonly mirror: TestMirror;
  readonly sender: Sender;
  /** Sent, answered 200 and stored as signed; then an ordinary event goes through. -> the message's state */
  store(text: string, id?: string): Promise<unknown>;
  sendOrdinary(): Promise<void>;
  /** An expression over a row as Postgres writes it: a driver would change the digits. */
  ask(table: string, id: unknown, expression: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function openHostileSender(): Promise<HostileSender> {
  const mirror = await openMirror();
  const sender = await openSender(mirror.app);

  const sendOrdinary = async (): Promise<void> => {
    const id = newMessageId();
    const answer = await sender.send(signed(change('organization.created', { id: `org_${id}` }), id));
    expect(answer.status).toBe(200);
    expect(await mirror.row('organizations', `org_${id}`)).toMatchObject({ source_message_id: id });
  };

  return {
    mirror,
    sender,
    sendOrdinary,
    async store(text, id = newMessageId()) {
      const answer = await sender.send(signed(text, id));
      expect(contractFaults(answer)).toEqual([]);
      expect(JSON.parse(answer.text)).toEqual({ success: true, message: 'Webhook received' });
      const message = await mirror.message(id);
      // Not toBe(text): a difference would print a megabyte.
      expect(message?.body === kept(text)).toBe(true);
      await sendOrdinary();
      return message?.state;
    },
    async ask(table, id, expression) {
      const { rows } = await mirror.database.knex.raw<{ rows: { value: string }[] }>(
        `select (${expression})::text as value from clerk.${table} where id = ?`,
        [String(id)],
      );
      return rows[0]?.value;
    },
    async close() {
      await sender.close();
      await mirror.close();
    },
  };
}

/** What is never kept is `null` in the inbox; all else is as it was signed. */
function kept(text: string): string {
  return text
    .replace(/"url":"[^"]*"/g, '"url":null')
    .replace(/"backup_codes":\[[^\]]*\]/g, '"backup_codes":null');
}

/** The event with one of its object's values spelt as given: JSON that no JSON.stringify would write. */
export function spelt(type: string, key: string, json: string): string {
  return JSON.stringify(change(type, { [key]: '@@' })).replace('"@@"', () => json);
}
