// POST /api/webhooks: Clerk's signed deliveries. Public, see proxy.ts; the signature is what lets them in.
import { mirror } from '../../lib/mirror';

// The signature is over the bytes as they came: Next must not parse them.
export const config = { api: { bodyParser: false } };

export default mirror.node;
