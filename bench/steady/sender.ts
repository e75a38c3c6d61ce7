// The sender: a process of its own, that sends and takes the time, and has a thread that makes what it sends.

import type { Order, Reply } from './protocol.ts';
import { Recorder } from './recorder.ts';
import { sendFast, sendPaced } from './send-steadily.ts';
import { Supply } from './supply.ts';

const supply = new Supply(process.env.WEBHOOK_SECRET ?? '');
let recorder = new Recorder(supply);

async function sendClosed(order: Order & { readonly kind: 'closed' }): Promise<Reply> {
  await supply.filled();
  recorder = new Recorder(supply);
  await sendFast({ ...order, supply, recorder });
  recorder.cut();
  return { kind: 'sent', total: recorder.total() };
}

async function sendOpen(order: Order & { readonly kind: 'open' }): Promise<Reply> {
  await supply.filled();
  recorder = new Recorder(supply);
  const told = setInterval(() => {
    tell({ kind: 'interval', interval: recorder.cut() });
  }, order.everySeconds * 1000);
  try {
    await sendPaced({ ...order, supply, recorder }, order.perSecond);
  } finally {
    clearInterval(told);
  }
  recorder.cut();
  return { kind: 'sent', total: recorder.total() };
}

async function obey(order: Order): Promise<Reply> {
  switch (order.kind) {
    case 'closed':
      return sendClosed(order);
    case 'open':
      return sendOpen(order);
    case 'span':
      return { kind: 'span', latencies: recorder.span(order.from, order.to) };
    case 'check':
      return { kind: 'checked', checked: await supply.check(order.url) };
  }
}

function tell(reply: Reply): void {
  process.send?.(reply);
}

process.on('message', (order: Order) => {
  obey(order).then(tell, (error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
process.on('disconnect', () => process.exit(0));
