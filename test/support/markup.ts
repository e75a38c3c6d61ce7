// Names full of markup: what somebody may call themselves, in every text of an event that is theirs to choose.

/** Each sets `__pwned` where it is taken for anything but text. */
export const payloads: readonly string[] = [
  `<img src=x onerror="__pwned=1"><script>__pwned=1</script><svg onload="__pwned=1">`,
  `"><script>__pwned=1</script><iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>`,
  `javascript:__pwned=1`,
  `x" autofocus onfocus="__pwned=1" onmouseover='__pwned=1' x='`,
  `</title></pre></textarea></script><body onload="__pwned=1"><script>__pwned=1</script>`,
  `--></style></noscript><details open ontoggle=__pwned=1><img src=x onerror=__pwned=1>`,
];

const clerkIds =
  /^(?:user|sess|org|idn|img|ins|mem|orgmem|eac|ver|plan)_|^(?:user|email_address|organization)$/;

/** Every text in it, at any depth, is a payload then, but ids; `turn` decides which. */
export function withMarkup<T>(value: T, turn = 0): T {
  let next = turn;
  const payload = (): string => payloads[next++ % payloads.length]!;
  const change = (each: unknown, key = ''): unknown => {
    if (typeof each === 'string') return clerkIds.test(each) ? each : payload();
    if (Array.isArray(each)) return each.map((one) => change(one, key));
    if (typeof each !== 'object' || each === null) return each;
    const entries = Object.entries(each).map(([name, one]) => [name, change(one, name)]);
    // The keys of metadata are the application's own.
    if (key.endsWith('metadata')) entries.push([payload(), payload()]);
    return Object.fromEntries(entries);
  };
  return change(value) as T;
}
