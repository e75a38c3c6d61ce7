// The handler of Clerk's guide as printed there: raw body, svix, two lines of log, 200. It stores nothing.
// svix 2 returns nothing from verify(), so the body is parsed here. GET /readyz is for the bench.

import express from 'express';
import { Webhook } from 'svix';

const secret = process.env.WEBHOOK_SECRET ?? '';
const app = express();

app.post('/api/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  try {
    const payload = request.body as Buffer;
    const headers = {
      'svix-id': request.get('svix-id') ?? '',
      'svix-timestamp': request.get('svix-timestamp') ?? '',
      'svix-signature': request.get('svix-signature') ?? '',
    };
    const webhook = new Webhook(secret);
    webhook.verify(payload, headers);
    const event = JSON.parse(payload.toString()) as { type: string; data: { id?: string } };
    console.log(`Received webhook with ID ${String(event.data.id)} and event type of ${event.type}`);
    console.log('Webhook payload:', event.data);
    response.status(200).json({ success: true, message: 'Webhook received' });
  } catch (error) {
    console.error('Error verifying webhook:', error);
    response.status(400).json({ success: false, message: 'Error verifying webhook' });
  }
});

app.get('/readyz', (_request, response) => {
  response.sendStatus(200);
});

app.listen(Number(process.env.PORT), '127.0.0.1');
