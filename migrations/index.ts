// Every migration, in order. Names are without a file ending, so that compiled and source runs agree.

import type { Migration } from './columns.ts';
import { up as inboxMessages } from './0001_inbox_messages.ts';
import { up as users } from './0002_users.ts';
import { up as userChildren } from './0003_user_children.ts';
import { up as organizations } from './0004_organizations.ts';
import { up as sessions } from './0005_sessions.ts';
import { up as organizationMemberships } from './0006_organization_memberships.ts';
import { up as organizationInvitations } from './0007_organization_invitations.ts';
import { up as organizationDomains } from './0008_organization_domains.ts';
import { up as activeViews } from './0009_active_views.ts';
import { up as compression } from './0010_compression.ts';
import { up as retention } from './0011_retention.ts';
import { up as rolesAndPermissions } from './0012_roles_and_permissions.ts';
import { up as invitationsAndWaitlist } from './0013_invitations_and_waitlist.ts';
import { up as billing } from './0014_billing.ts';
import { up as emailsAndSms } from './0015_emails_and_sms.ts';
import { up as handlerRuns } from './0016_handler_runs.ts';
import { up as comments } from './0017_comments.ts';
import { up as syncRuns } from './0018_sync_runs.ts';
import { up as presumedTombstones } from './0019_presumed_tombstones.ts';
import { up as compressionOfJson } from './0020_compression_of_json.ts';
import { up as operator } from './0021_operator.ts';
import { up as putFunctions } from './0022_put_functions.ts';

export const migrations: ReadonlyMap<string, Migration> = new Map([
  ['0001_inbox_messages', inboxMessages],
  ['0002_users', users],
  ['0003_user_children', userChildren],
  ['0004_organizations', organizations],
  ['0005_sessions', sessions],
  ['0006_organization_memberships', organizationMemberships],
  ['0007_organization_invitations', organizationInvitations],
  ['0008_organization_domains', organizationDomains],
  ['0009_active_views', activeViews],
  ['0010_compression', compression],
  ['0011_retention', retention],
  ['0012_roles_and_permissions', rolesAndPermissions],
  ['0013_invitations_and_waitlist', invitationsAndWaitlist],
  ['0014_billing', billing],
  ['0015_emails_and_sms', emailsAndSms],
  ['0016_handler_runs', handlerRuns],
  ['0017_comments', comments],
  ['0018_sync_runs', syncRuns],
  ['0019_presumed_tombstones', presumedTombstones],
  ['0020_compression_of_json', compressionOfJson],
  ['0021_operator', operator],
  ['0022_put_functions', putFunctions],
]);
