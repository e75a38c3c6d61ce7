// The flooder: a process of its own, so that the harness goes on measuring while it sends.

import { flood } from './flood.ts';
import type { FloodOrder, FloodReply, Phase } from './protocol.ts';
import { Stock } from './stock.ts';

const [name = 'flood'] = process.argv.slice(2);
const secret = process.env.WEBHOOK_SECRET ?? '';
const stock = new Stock(name);

process.on('message', (order: FloodOrder) => {
  const onPhase = (phase: Phase): void => void process.send?.({ phase } satisfies FloodReply);
  flood(order, stock, secret, onPhase).then(
    (flooded) => process.send?.({ flooded } satisfies FloodReply),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies FloodReply),
  );
});
process.on('disconnect', () => process.exit(0));
