// Who is let in: method, key and version of a request.

import type { IncomingMessage } from 'node:http';
import { ClerkProblem } from './clerk-problem.ts';

const versions = ['2021-02-05', '2024-10-01', '2025-03-12', '2025-04-10', '2025-11-10', '2026-05-12'];

/** Errors: ClerkProblem. */
export function admit({ method, headers }: IncomingMessage, parameters: URLSearchParams, key: string): void {
  if (method !== 'GET')
    throw new ClerkProblem(405, 'method_not_allowed', 'the fake Clerk is read only', {
      headers: { allow: 'GET' },
    });
  const given = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  if (given === undefined)
    throw new ClerkProblem(
      401,
      'authorization_header_format_invalid',
      'Invalid Authorization header format',
      {
        longMessage: 'The Authorization header must be: Bearer <secret key>',
      },
    );
  if (given !== key)
    throw new ClerkProblem(401, 'secret_key_invalid', 'The provided Clerk Secret Key is invalid.');
  const version = headers['clerk-api-version'];
  const inQuery = parameters.get('__clerk_api_version');
  if (version !== undefined && inQuery !== null)
    throw new ClerkProblem(
      400,
      'api_version_given_twice',
      'Name the API version in the header or in the query.',
    );
  if (!versions.includes(String(version ?? inQuery)))
    throw new ClerkProblem(
      400,
      'api_version_invalid',
      `Clerk-API-Version must be one of: ${versions.join(', ')}`,
    );
}
