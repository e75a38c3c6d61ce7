// The page that asks for a token.

import { html } from '../page/html.ts';
import type { Page } from '../page/page.ts';

export interface LoginPageParts {
  /** A path of ours. */
  readonly next: string;
  readonly problem?: string;
  readonly isFromElsewhere?: boolean;
}

export function loginPage({ next, problem, isFromElsewhere }: LoginPageParts): Page {
  return {
    title: 'Log in',
    body: html`${problem !== undefined && html`<p class="note danger" role="alert">${problem}</p>`}
      ${
        isFromElsewhere === true &&
        html`<p class="note">
          You followed a link from elsewhere. <a href="${next}">Go on</a> if you are logged in already.
        </p>`
      }
      <form method="post" action="/login" class="login">
        <input type="hidden" name="next" value="${next}" />
        <p>
          <label for="name">Your name, for the audit table (optional)</label>
          <input id="name" name="name" type="text" maxlength="64" autocomplete="username" />
        </p>
        <p>
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            required
            autofocus
            autocomplete="current-password"
            aria-describedby="token-is"
          />
        </p>
        <p class="muted" id="token-is">
          It is what <code>OPERATOR_TOKEN</code> of the service is set to. You stay logged in for 12 hours.
        </p>
        <p class="actions"><button>Log in</button></p>
      </form>`,
  };
}
