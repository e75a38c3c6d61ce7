// What remains of any handler when it does nothing: the same Express app, svix, and an answer. No log, no store.
// GET /readyz is for the bench.

import express from 'express';
import { Webhook } from 'svix';

const secret = process.env.WEBHOOK_SECRET ?? '';
const app = express();

app.post('/api/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  try {
    new Webhook(secret).verify(request.body as Buffer, {
      'svix-id': request.get('svix-id') ?? '',
      'svix-timestamp': request.get('svix-timestamp') ?? '',
      'svix-signature': request.get('svix-signature') ?? '',
    });
    response.status(200).json({ success: true, message: 'Webhook received' });
  } catch {
    response.status(400).json({ success: false, message: 'Error verifying webhook' });
  }
});

app.get('/readyz', (_request, response) => {
  response.sendStatus(200);
});

app.listen(Number(process.env.PORT), '127.0.0.1');
