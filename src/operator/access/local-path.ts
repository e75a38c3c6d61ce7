// Where somebody goes after they logged in: a path of ours, wherever the link that brought them would lead.

const nowhere = 'http://nowhere.invalid';
const longest = 2000;

/** `/` for what leads to another host in any spelling, and for what is no page to begin at. */
export function localPath(text: unknown): string {
  if (typeof text !== 'string' || text.length > longest || !text.startsWith('/')) return '/';
  const url = URL.parse(text, nowhere);
  if (url?.origin !== nowhere) return '/';
  // As browsers read it: they drop tabs, turn backslashes round and go up at dots, and `//` begins a host.
  if (url.pathname.startsWith('//') || /^\/(?:login|logout)\/?$/i.test(url.pathname)) return '/';
  return `${url.pathname}${url.search}`;
}
