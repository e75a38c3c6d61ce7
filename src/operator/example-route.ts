// A button for newcomers: the service sends itself a signed example, through its own public listener, and shows what came of it.

import type { RequestHandler } from 'express';
import { MirrorError } from '../platform/errors.ts';
import type { Secret } from '../platform/secret.ts';
import { exampleEvent } from '../clerk/examples/example-event.ts';
import { sendEvent } from '../clerk/send-event.ts';
import { deedRoute, type DeedParts } from './deeds/deed-route.ts';
import { html } from './page/html.ts';

export interface ExampleParts {
  readonly deeds: DeedParts;
  /** Undefined before the public listener is there. */
  readonly webhooksUrl: () => string | undefined;
  readonly secret: Secret | undefined;
  /** Whose mirror this is: an example of another instance would be kept and not mirrored. */
  readonly instance: { readonly id: string | undefined };
}

const type = 'user.created';

export function exampleRoute({ deeds, webhooksUrl, secret, instance }: ExampleParts): {
  get: RequestHandler;
  post: RequestHandler;
} {
  return deedRoute(deeds, {
    ask: () =>
      Promise.resolve({
        title: 'Send itself a signed example',
        section: 'overview',
        question: html`<p>
          One made-up <code>${type}</code> is signed with this service's own secret and sent to its own public
          address, as Clerk would. A made-up user is then in the table <code>users</code>; delete its row
          again, or leave it: no event of Clerk's will be about it.
        </p>`,
        button: 'Send it',
      }),
    begin: () => {
      const url = webhooksUrl();
      return Promise.resolve({
        what: 'send example',
        target: type,
        back: '/',
        work: async () => {
          if (url === undefined || secret === undefined)
            throw new MirrorError(
              'send-failed',
              'The public listener is not there yet.',
              'Try again in a moment.',
            );
          const body = exampleEvent(type, { instanceId: instance.id });
          const { id, status } = await sendEvent({ url, secret: secret.reveal(), body, timeout: 10_000 });
          if (status !== 200)
            throw new MirrorError(
              'send-failed',
              `It was answered ${status}.`,
              'The log of the service says why.',
            );
          return `It was answered 200 and is stored as ${id}.`;
        },
      });
    },
  });
}
