// What the sender and its maker of events, a thread, say to each other.

import type { Checked } from '../check-rows.ts';

/** `taken`: how many more were, since the last order. */
export type MakerOrder =
  | { readonly kind: 'make'; readonly count: number; readonly taken: number }
  | { readonly kind: 'check'; readonly url: string; readonly taken: number };

export type MakerReply =
  | {
      readonly kind: 'slice';
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Where each request ends. */
      readonly ends: Uint32Array<ArrayBuffer>;
      /** The maker's, so far. */
      readonly cpuSeconds: number;
    }
  | { readonly kind: 'checked'; readonly checked: Checked };
