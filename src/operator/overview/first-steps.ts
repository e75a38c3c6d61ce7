// What a newcomer does next: shown until the first message has come.

import { html, type Html } from '../page/html.ts';

export function firstSteps(webhooksUrl: string | undefined): Html {
  return html`<section class="empty" aria-labelledby="first">
    <h2 id="first">Nothing has come yet</h2>
    <ol>
      <li>
        Make the service reachable from the internet by https. On your own machine a tunnel to its public port
        does.
      </li>
      <li>
        In Clerk's dashboard, Webhooks, add the endpoint <code>https://&lt;your host&gt;/api/webhooks</code>${
          webhooksUrl !== undefined && html` (here it is <code>${webhooksUrl}</code>)`
        }
        and subscribe to all events.
      </li>
      <li>
        Copy the endpoint's signing secret (<code>whsec_…</code>) into <code>WEBHOOK_SECRET</code>, and a
        secret key into <code>CLERK_SECRET_KEY</code>; start again.
      </li>
    </ol>
    <p class="actions"><a class="button" href="/example">Send itself a signed example</a></p>
  </section>`;
}
