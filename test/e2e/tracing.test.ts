// Traces of a real service, as a collector receives them; and what it costs where nobody asked for any.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { change } from '../support/fixtures.ts';
import { openHandlersTest, sendUser, type HandlersTest } from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { signed } from '../support/mirror.ts';
import { freePort, killServices, load, postSigned, type ServiceProcess } from '../support/service-process.ts';
import { openTraceReceiver, type TakenSpan, type TraceReceiver } from '../support/trace-receiver.ts';

const handlers = `export default defineHandlers((on) => {
  on('user.created', 'welcome', async (event, { trx, messageId }) => effect(trx, 'welcome', messageId));
  on('organization.created', 'fails', async () => { throw new TypeError('no'); }, { attempts: 1 });
});`;

let own: HandlersTest;
let receiver: TraceReceiver;

beforeAll(async () => {
  own = await openHandlersTest();
});
beforeEach(async () => {
  receiver = await openTraceReceiver();
});
afterEach(async () => {
  await killServices();
  await receiver.close();
});
afterAll(() => own.close());

const start = (more: Record<string, string> = {}): Promise<ServiceProcess> =>
  own.start(handlers, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...more });
/** The one span of that name and message. */
const spanOf = (name: string, id: string): TakenSpan => {
  const found = receiver.spans.filter((span) => span.name === name && span.attributes['message.id'] === id);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const named = (name: string): TakenSpan[] => receiver.spans.filter((span) => span.name === name);

test('a request, its flush and its handler run are spans, with ids, types and counts only', async () => {
  const service = await start();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const event = change('user.created', { id: 'user_traced', first_name: 'Zacharias-Marker' });
  const request = signed(event, 'msg_traced');
  const headers = {
    ...request.headers,
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    'x-request-id': 'mine',
  };
  expect((await postSigned(service.webhooks, { ...request, headers })).status).toBe(200);
  await sendUser(service, 'msg_root');
  await postSigned(service.webhooks, signed(change('organization.created', {}), 'msg_fails'));
  await postSigned(service.webhooks, { ...request, body: 'other' });
  await until('spans', () => named('handler run').length === 3 && named('webhook').length === 4);

  const webhook = receiver.spans.find((span) => span.attributes['request.id'] === 'mine')!;
  expect(webhook).toMatchObject({
    name: 'webhook',
    kind: 2,
    traceId,
    parentSpanId: 'b7ad6b7169203331',
    service: 'clerk-mirror',
    failed: false,
    attributes: {
      'message.id': 'msg_traced',
      'message.type': 'user.created',
      outcome: 'applied',
      'http.response.status_code': 200,
    },
  });
  const flush = named('flush').find((span) => span.traceId === traceId)!;
  expect(flush).toMatchObject({ parentSpanId: webhook.spanId, kind: 1, attributes: { messages: 1 } });
  expect(flush.ms).toBeGreaterThan(0);
  expect(flush.ms).toBeLessThanOrEqual(webhook.ms);

  // Who comes without a trace begins one.
  const root = spanOf('webhook', 'msg_root');
  expect(root.parentSpanId).toBeUndefined();
  expect(root.traceId).not.toBe(traceId);
  const refused = named('webhook').find((span) => span.attributes.outcome === 'unverified')!;
  expect(refused.attributes).toMatchObject({ 'http.response.status_code': 400, 'message.id': 'msg_traced' });

  expect(spanOf('handler run', 'msg_traced')).toMatchObject({
    failed: false,
    attributes: { handler: 'welcome', attempt: 1, outcome: 'done', 'message.type': 'user.created' },
  });
  expect(spanOf('handler run', 'msg_fails')).toMatchObject({
    failed: true,
    attributes: { handler: 'fails', outcome: 'dead' },
  });

  const known = [
    'request.id',
    'message.id',
    'message.type',
    'outcome',
    'http.response.status_code',
    'messages',
    'handler',
    'attempt',
  ];
  const keys = new Set(receiver.spans.flatMap(({ attributes }) => Object.keys(attributes)));
  expect([...keys].filter((key) => !known.includes(key))).toEqual([]);
  expect(receiver.text()).not.toContain('Zacharias');
});

test('a flush of many is linked to the requests it answers', async () => {
  const service = await start();
  const sending = load(service.webhooks, 'linked', 24);
  await until('traffic', () => sending.replies.size > 300);
  await sending.stop();
  await until('spans', () => named('webhook').length === sending.replies.size);
  const many = named('flush').filter(({ attributes }) => Number(attributes.messages) > 1);
  expect(many.length).toBeGreaterThan(0);
  const webhooks = new Set(named('webhook').map(({ spanId }) => spanId));
  for (const { attributes, links, parentSpanId } of many) {
    expect(parentSpanId).toBeUndefined();
    expect(links).toHaveLength(Number(attributes.messages));
    expect(links.filter((link) => !webhooks.has(link))).toEqual([]);
  }
});

test('what is left is sent when it stops, by the handlers too', async () => {
  const service = await start();
  await sendUser(service, 'msg_last');
  await until('its run', async () => (await own.effects('welcome')).includes('msg_last'));
  service.child.kill('SIGTERM');
  expect((await service.finished).code).toBe(0);
  spanOf('webhook', 'msg_last');
  spanOf('handler run', 'msg_last');
});

test('an endpoint that is away costs one line, not a message, and not the stop', async () => {
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
  const told = (): number => service.lines.filter((line) => line.includes('traces cannot be sent')).length;
  for (let each = 0; each < 20; each++) await sendUser(service);
  // One of the service, one of the thread of handlers.
  await until('it is told', () => told() === 2);
  for (let each = 0; each < 20; each++) await sendUser(service);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(told()).toBe(2);
  service.child.kill('SIGTERM');
  const { code, stderr } = await service.finished;
  expect([code, stderr]).toEqual([0, '']);
});

test.each([
  ['nothing of the SDK is loaded without the setting', {}, 0],
  ['and that would be seen', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, 2],
])('%s', async (_name, more: Record<string, string>, expected) => {
  // Node itself tells of each module that it loads; the thread of handlers as well.
  const service = await own.start(handlers, { NODE_DEBUG: 'module', ...more });
  await sendUser(service);
  service.child.kill('SIGTERM');
  const { stderr } = await service.finished;
  expect(stderr).toContain('node_modules/pg/');
  const loaded = ['sdk-trace', 'exporter-trace-otlp-http'].filter((name) =>
    stderr.includes(`node_modules/@opentelemetry/${name}/`),
  );
  expect(loaded).toHaveLength(expected);
});
