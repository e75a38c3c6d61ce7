// Looks into manifests that have no types: what is not there, or is of another kind, fails with its path.

import { parseAllDocuments } from 'yaml';

export class Tree {
  readonly value: unknown;
  readonly #path: string;

  constructor(value: unknown, path = '') {
    this.value = value;
    this.#path = path;
  }

  /** `a/b/0`: through names and numbers. */
  at(path: string): Tree {
    return path.split('/').reduce<Tree>((tree, name) => {
      const found = tree.find(name);
      if (found === undefined) throw new Error(`${tree.#path} has no ${name}`);
      return found;
    }, this);
  }

  find(name: string): Tree | undefined {
    const { value } = this;
    if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
    return new Tree((value as Record<string, unknown>)[name], `${this.#path}/${name}`);
  }

  get text(): string {
    if (typeof this.value !== 'string') throw new Error(`${this.#path} is no text`);
    return this.value;
  }

  get number(): number {
    if (typeof this.value !== 'number') throw new Error(`${this.#path} is no number`);
    return this.value;
  }

  /** Of a list; nothing where it is not there. */
  items(name?: string): Tree[] {
    const list = name === undefined ? this : (this.find(name) ?? new Tree([], this.#path));
    if (!Array.isArray(list.value)) throw new Error(`${list.#path} is no list`);
    return list.value.map((each, at) => new Tree(each, `${list.#path}/${at}`));
  }

  keys(): string[] {
    if (typeof this.value !== 'object' || this.value === null) throw new Error(`${this.#path} has no names`);
    return Object.keys(this.value);
  }

  /** As an environment is given. */
  texts(): Record<string, string> {
    return Object.fromEntries(this.keys().map((name) => [name, (this.find(name) ?? this).text]));
  }
}

/** Errors: a document that is not well-formed, or warns. */
export function parseTrees(text: string, file: string): Tree[] {
  return parseAllDocuments(text).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
    return new Tree(document.toJS(), file);
  });
}
