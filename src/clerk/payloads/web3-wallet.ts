// A user's web3 wallet, as Clerk sends it inside the user.

import type { AdminVerification, Web3Verification } from './verification.ts';

/** Source: Clerk's webhook schema, `Web3Wallet`. */
export interface Web3Wallet {
  readonly id?: string;
  readonly object: 'web3_wallet';
  /** The wallet's address on its chain. */
  readonly web3_wallet: string;
  readonly verification: Web3Verification | AdminVerification | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
