// The frame of every page: its head, the main links, who is looking, and what the last deed did.

import { html, type Html } from './html.ts';
import type { Page, Section, Viewer } from './page.ts';

export interface Frame {
  /** Of clerk-mirror; also keeps a browser from using an older release's assets. */
  readonly version: string;
  /** Of all tables: which mirror this is. */
  readonly schema: string;
}

const sections: readonly (readonly [Section, string, string])[] = [
  ['overview', '/', 'Overview'],
  ['messages', '/messages', 'Messages'],
  ['subjects', '/subjects', 'Subject'],
  ['sync', '/sync', 'Sync'],
  ['handlers', '/handlers', 'Handlers'],
  ['deeds', '/deeds', 'Deeds'],
];

export function layout(page: Page, { version, schema }: Frame, viewer?: Viewer, notice?: Html): Html {
  const asset = (name: string): string => `/assets/${name}?v=${encodeURIComponent(version)}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · clerk-mirror</title>
        <link rel="icon" href="${asset('icon.svg')}" />
        ${page.plots === true && html`<link rel="stylesheet" href="${asset('uplot.css')}" />`}
        <link rel="stylesheet" href="${asset('page.css')}" />
        ${page.plots === true && html`<script defer src="${asset('uplot.js')}"></script>`}
        ${page.live === true && html`<script defer src="${asset('idiomorph.js')}"></script>`}
        <script type="module" src="${asset('page.js')}"></script>
      </head>
      <body ${page.live === true && html`data-live`}>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <a class="brand" href="/">clerk-mirror</a>
          ${viewer !== undefined && navigation(page.section, viewer)}
        </header>
        <main id="main" tabindex="-1">${content(page, notice)}</main>
        ${
          viewer !== undefined &&
          html`<footer>clerk-mirror ${version} · schema ${schema} · times are UTC</footer>`
        }
      </body>
    </html>`;
}

/** What is drawn again while somebody looks. */
export function content({ title, body }: Page, notice?: Html): Html {
  return html`${notice}
    <h1>${title}</h1>
    ${body}`;
}

function navigation(current: Section | undefined, { who, csrf, hasSession }: Viewer): Html {
  return html`<nav aria-label="Main">
      <ul>
        ${sections.map(
          ([section, path, name]) =>
            html`<li>
              <a href="${path}" ${section === current && html`aria-current="page"`}>${name}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <div class="viewer">
      <span>${who}</span>
      ${
        hasSession === true &&
        html`<form method="post" action="/logout">
          <input type="hidden" name="csrf" value="${csrf}" /><button class="quiet">Log out</button>
        </form>`
      }
    </div>`;
}
