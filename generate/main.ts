// Writes the documents that are made from the code: `node generate/main.ts`.

import { writeFile } from 'node:fs/promises';
import { documentFile, documents, formatted } from './documents.ts';

for (const { path, make } of documents) {
  await writeFile(documentFile(path), await formatted(path, await make()));
  console.log(`${path} written`);
}
