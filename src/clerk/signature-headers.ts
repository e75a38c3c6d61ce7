// The three headers of a signed delivery, under either of their names, checked for shape.

/** A request's headers, whatever holds them. Names are asked for in lower case. */
export interface HeaderView {
  /** Of a header that was sent several times: all values, joined by a comma and a space. */
  value(name: string): string | undefined;
  /** Asked only of a value that may be joined. Who cannot tell says yes: no header of Svix holds a comma and a space. */
  isRepeated(name: string): boolean;
}

export interface SignatureHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

export type HeaderFault =
  | { readonly kind: 'missing-headers'; readonly names: readonly string[] }
  | { readonly kind: 'malformed-header'; readonly name: string };

const svix = ['svix-id', 'svix-timestamp', 'svix-signature'] as const;
const webhook = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const usableId = /^[A-Za-z0-9_-]{1,128}$/;
const usableTimestamp = /^\d{1,15}$/;

/** Of the two families `svix-*` wins: the other is not looked at when any of it is there. */
export function findSignature(headers: HeaderView): SignatureHeaders | HeaderFault {
  const isThere = (name: string): boolean => headers.value(name) !== undefined;
  const names = !svix.some(isThere) && webhook.some(isThere) ? webhook : svix;
  const [id = '', timestamp = '', signature = ''] = names.map((name) => headers.value(name));
  if (id === '' || timestamp === '' || signature === '')
    return { kind: 'missing-headers', names: names.filter((name) => (headers.value(name) ?? '') === '') };
  const repeated = names.find((name) => headers.value(name)?.includes(', ') && headers.isRepeated(name));
  if (repeated !== undefined) return { kind: 'malformed-header', name: repeated };
  if (!usableId.test(id)) return { kind: 'malformed-header', name: names[0] };
  if (!usableTimestamp.test(timestamp)) return { kind: 'malformed-header', name: names[1] };
  return { id, timestamp, signature };
}

/** The words for it, in answers and errors alike. */
export function describeFault(fault: HeaderFault): string {
  return fault.kind === 'missing-headers'
    ? `Missing header: ${fault.names.join(', ')}`
    : `Malformed header: ${fault.name}`;
}
