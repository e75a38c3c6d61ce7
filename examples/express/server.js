// An Express program that takes Clerk's webhooks itself. The mirror stands before express.json(): it needs the bytes as they were signed.
import { createWebhookHandler } from 'clerk-mirror';
import express from 'express';

// Settings come from the environment, see .env.example.
const mirror = createWebhookHandler(undefined, { log: console });
const app = express();

// Before express.json(), and before whatever asks for a session: Clerk's servers have none.
app.use('/api/webhooks', mirror.express());

app.use(express.json());
app.post('/api/echo', (request, response) => {
  response.json(request.body);
});

// Wrong settings and a database that cannot be used show at once, not with the first webhook.
await mirror.ready();
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.info(`listening on ${server.address().port}`);
});

// First the requests that are open, then what they need.
process.once('SIGTERM', () => {
  server.close(() => {
    mirror.close().then(() => process.exit(0));
  });
  server.closeIdleConnections();
});
