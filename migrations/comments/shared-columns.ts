// What is said alike of the columns that many tables share.

/** What every mirrored table has besides its own columns. */
export const mirrored = {
  data: "Clerk's object as sent, with the fields that have no column; less one-time codes and links, and embedded objects that have a table. Null in a bare and in an erased row.",
  deleted_at:
    'When Clerk deleted it, or an owner that it is deleted with, whichever was earlier. Null: it is not deleted. A deleted row stays, as a tombstone.',
  erased_at:
    'When its personal data was erased here. Only ids, owners and times are left. Null: it is not erased.',
  source_updated_at:
    "Version, first part: updated_at of the object that this row holds, Clerk's clock. Null: no object of its own has come yet, only a reference or a copy inside another object. -infinity: the object carries no updated_at.",
  source_event_at:
    "Version, second part: when the event happened that this row holds, Clerk's clock (the envelope's timestamp).",
  source_message_id:
    "Version, third part: id of the message that this row holds (inbox_messages.id, which is kept for a while only). Empty for an answer of Clerk's API.",
  synced_at: 'When this row was last written here, our clock.',
} as const;

/** What a child set's table has: no version or tombstone of its own. */
export const child = {
  data: "Clerk's object as sent, with the fields that have no column; less one-time codes.",
  synced_at: mirrored.synced_at,
} as const;

/** When Clerk made and changed it. */
export const dated = {
  created_at: 'When it was created at Clerk.',
  updated_at: 'When it was last changed at Clerk.',
} as const;

export const object = (name: string): string => `Clerk's name for this kind of object: ${name}.`;

/** How an address, number, wallet, account or passkey was verified. */
export const verification =
  "How ownership was verified: Clerk's verification object (status, strategy, attempts, expire_at in ms since 1970). Null: never asked for.";
export const publicMetadata =
  'Metadata of the application: readable by frontends, writable by backends only.';
export const privateMetadata =
  'Metadata of the application, for backends only. Null where MIRROR_PRIVATE_METADATA=false.';
