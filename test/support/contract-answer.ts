// What every answer of the public listener has in common, whoever asks for whatever: the faults that one has.

const statuses = new Set([200, 400, 404, 405, 408, 413, 415, 431, 503]);
const headerNames = new Set([
  ...['allow', 'connection', 'content-length', 'content-type', 'date', 'keep-alive'],
  ...['retry-after', 'webhook-delivery', 'x-request-id'],
]);
/** Words of Node, of a library or of Postgres. */
const foreignWords =
  /HPE_|ERR_|node|express|svix (?!headers)|postgres|syntax|unexpected|exception|stack|\bat /i;

export interface AnyAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Empty for an answer as the contract has it. */
export function contractFaults({ status, headers, text }: AnyAnswer): string[] {
  const faults: string[] = [];
  if (!statuses.has(status)) faults.push(`status ${status}`);
  if (headers['content-type'] !== 'application/json')
    faults.push(`type ${headers['content-type'] ?? 'none'}`);
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(headers['x-request-id'] ?? '')) faults.push('no x-request-id');
  if (Number(headers['content-length']) !== Buffer.byteLength(text)) faults.push('another length than told');
  const unknown = Object.keys(headers).filter((name) => !headerNames.has(name));
  if (unknown.length > 0) faults.push(`headers ${unknown.join(', ')}`);
  const { success, message, ...more } = parse(text);
  if (success !== (status === 200)) faults.push(`success ${String(success)}`);
  if (typeof message !== 'string' || message === '') faults.push('no message');
  else if (foreignWords.test(message)) faults.push(`foreign words: ${message}`);
  if (Object.keys(more).length > 0) faults.push(`body has ${Object.keys(more).join(', ')}`);
  if ((status === 405) !== (headers.allow !== undefined)) faults.push('allow');
  if ((status === 503) !== (headers['retry-after'] !== undefined)) faults.push('retry-after');
  const abort = headers['webhook-delivery'];
  if (abort !== undefined && (status !== 400 || abort !== 'abort-message')) faults.push('webhook-delivery');
  return faults;
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
