// POST /api/webhooks: Clerk's signed deliveries. Public, see proxy.ts; the signature is what lets them in.
import { mirror } from '../../../lib/mirror';

export const POST = mirror.fetch;
