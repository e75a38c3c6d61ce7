// Who pays: a user or an organization, as billing's objects show them.

/** Source: Clerk's webhook schema, `BillingPayerEventPayload`. Of the two kinds of payer, the other's fields are ''. */
export interface Payer {
  readonly object?: 'commerce_payer';
  readonly id: string;
  /** Not in Clerk's webhook schema; in its own types (`@clerk/backend`). */
  readonly instance_id?: string;
  /** '' for an organization. */
  readonly user_id?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly email: string;
  /** '' for a user. */
  readonly organization_id?: string;
  readonly organization_name?: string;
  readonly image_url: string;
  /** ms since 1970. */
  readonly created_at?: number;
  /** ms since 1970. */
  readonly updated_at?: number;
}
