// Opens the mirror when it is first needed, once for all who ask at once, and again after an attempt that failed.

import { MirrorError } from '../platform/errors.ts';
import type { OpenMirror } from './open-mirror.ts';

/** Svix gives up after 15 s: whoever waits for a slow start is told to come again before that. */
const answerWithinMs = 9000;

export class LazyMirror {
  readonly #openNow: () => Promise<OpenMirror>;
  readonly #onFailure: (error: unknown) => void;
  #open: OpenMirror | undefined;
  #opening: Promise<OpenMirror> | undefined;
  #closing: Promise<void> | undefined;

  constructor(openNow: () => Promise<OpenMirror>, onFailure: (error: unknown) => void) {
    this.#openNow = openNow;
    this.#onFailure = onFailure;
  }

  /** Undefined until it is open, and after it was closed. */
  get current(): OpenMirror | undefined {
    return this.#closing === undefined ? this.#open : undefined;
  }

  /** Errors: those of opening; `usage` after it was closed. */
  async open(): Promise<OpenMirror> {
    if (this.#closing !== undefined) throw closed();
    if (this.#open !== undefined) return this.#open;
    this.#opening ??= this.#openNow().then(
      (mirror) => {
        this.#opening = undefined;
        this.#open = mirror;
        if (this.#closing !== undefined) throw closed();
        return mirror;
      },
      (error: unknown) => {
        this.#opening = undefined;
        this.#onFailure(error);
        throw error;
      },
    );
    return this.#opening;
  }

  /** For a request: undefined when it cannot be opened now, or not soon enough. */
  async openInTime(): Promise<OpenMirror | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, answerWithinMs, undefined);
    });
    const opened = this.open().catch(() => undefined);
    const mirror = await Promise.race([opened, late]);
    clearTimeout(timer);
    return this.#closing === undefined ? mirror : undefined;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#open?.close();
    this.#open = undefined;
  }
}

function closed(): MirrorError {
  return new MirrorError(
    'usage',
    'This webhook handler was closed.',
    'Make a new one with createWebhookHandler.',
  );
}
