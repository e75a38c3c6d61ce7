// What a command prints: JSON for programs, text for people.

export function print(json: true | undefined, data: unknown, text: string): void {
  process.stdout.write(`${json === true ? JSON.stringify(data, null, 2) : text}\n`);
}
