// The address of a subject's page.

/** A browser climbs at a segment that is one or two dots, however they are spelt. */
export function subjectPath(id: string): string {
  return /^\.{1,2}$/.test(id) ? `/subjects?id=${id}` : `/subjects/${encodeURIComponent(id)}`;
}

export function messagePath(id: string): string {
  return `/messages/${encodeURIComponent(id)}`;
}
