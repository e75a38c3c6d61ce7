// Reads every line that a service writes, while it writes: none may hold a person, a secret or a body.

/** Keys whose values tell of people, in any object that Clerk sends. */
const personal =
  /(?:^|_)(?:name|username|email_address|phone_number|identifier|web3_wallet|url|picture|slug|external_id|client_ip|backup_codes)$|_metadata$/;
/** A body, as a string, as an object, or as a buffer. */
const bodies = [
  '"object":"event"',
  '\\"object\\":\\"event\\"',
  'public_metadata',
  '"type":"Buffer"',
  '<Buffer ',
];
const word = /[\p{L}\p{N}\p{M}@.+'’_-]+/gu;
const shownHits = 3;

export class LogSearch {
  readonly #words = new Set<string>();
  readonly #texts: readonly string[];
  readonly #shown: string[] = [];
  /** Lines that were searched. */
  lines = 0;
  /** Those that hold what no line may. */
  leaks = 0;

  /** `secrets` are looked for as they are, also inside a word. */
  constructor(secrets: readonly string[]) {
    this.#texts = [...secrets, ...bodies];
  }

  /** Whatever this event says of anybody must not be in a line from now on. */
  learn(event: object): void {
    this.#visit(event, false);
  }

  look(line: string): void {
    this.lines++;
    const found = this.#texts.find((text) => line.includes(text)) ?? this.#wordIn(line);
    if (found === undefined) return;
    this.leaks++;
    if (this.#shown.length < shownHits) this.#shown.push(`"${found}" in ${line.slice(0, 300)}`);
  }

  get problems(): string[] {
    return this.leaks === 0
      ? []
      : [`${this.leaks} log lines hold what no line may: ${this.#shown.join(' – ')}`];
  }

  #wordIn(line: string): string | undefined {
    for (const [each] of line.matchAll(word)) if (this.#words.has(each)) return each;
    return undefined;
  }

  #visit(value: unknown, isPersonal: boolean): void {
    if (typeof value === 'string') {
      if (isPersonal) for (const [each] of value.matchAll(word)) if (isTelling(each)) this.#words.add(each);
    } else if (Array.isArray(value)) for (const each of value) this.#visit(each, isPersonal);
    else if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) this.#visit(each, isPersonal || personal.test(key));
  }
}

/** A plain English word or a small number says nothing of where it came from, and may stand in any line. */
function isTelling(text: string): boolean {
  return !/^(?:[a-z]+|[\d.+-]{0,6}|[\x20-\x7e]{1,2})$/.test(text);
}
