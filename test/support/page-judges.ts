// What a browser is asked about a page as its readers find it: axe's faults, its width, where the keys are.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** For `addInitScript`, where a page's own policy is passed over. */
export const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const violations = (page: Page): Promise<string[]> =>
  page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 160) + ' ' + (any[0]?.message ?? ''))))`);

/** What makes a page wider than its window. */
export const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth && element.closest('.scroll, pre') === null)
    .map((element) => element.outerHTML.slice(0, 120)).concat('wider than ' + innerWidth)`);

export interface Focused {
  readonly html: string;
  readonly text: string;
  /** Which of its parent's children each is, from itself up. */
  readonly path: string;
  /** It has a frame that shows it. */
  readonly isSeen: boolean;
  readonly isInView: boolean;
}

/** Where the keys are. */
export const focused = (page: Page): Promise<Focused> =>
  page.evaluate(`(() => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    const { left, top, right, bottom } = at.getBoundingClientRect();
    const path = [];
    for (let element = at; element.parentElement !== null; element = element.parentElement)
      path.push([...element.parentElement.children].indexOf(element));
    return {
      html: at.outerHTML.slice(0, 100), text: at.textContent.trim(), path: path.join(),
      isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
      isInView: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    };
  })()`);

/** How many places the tab key should lead to. */
export const tabStops = (page: Page): Promise<number> =>
  page.evaluate(
    `document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]').length`,
  );

export interface Drawn {
  /** Of the whole picture, from 0 for black to 255. */
  readonly brightness: number;
  /** For each box the share of its points that do not have its most frequent colour: 0 where nothing is drawn in it. */
  readonly shares: readonly number[];
}

/** What a picture of a page shows in some boxes. `blank`: a page without a policy, which looks at the picture. */
export const drawnIn = (
  blank: Page,
  picture: Buffer,
  boxes: readonly { x: number; y: number; width: number; height: number }[],
): Promise<Drawn> =>
  blank.evaluate(`(async () => {
    const picture = new Image();
    picture.src = 'data:image/png;base64,${picture.toString('base64')}';
    await picture.decode();
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    context.drawImage(picture, 0, 0);
    const whole = context.getImageData(0, 0, picture.width, picture.height).data;
    let sum = 0;
    for (let at = 0; at < whole.length; at += 4) sum += (whole[at] + whole[at + 1] + whole[at + 2]) / 3;
    const share = ({ x, y, width, height }) => {
      const points = new Uint32Array(context.getImageData(x, y, width, height).data.buffer);
      const counts = new Map();
      for (const point of points) counts.set(point, (counts.get(point) ?? 0) + 1);
      return 1 - Math.max(...counts.values()) / points.length;
    };
    return { brightness: (sum * 4) / whole.length, shares: ${JSON.stringify(boxes)}.map(share) };
  })()`);
