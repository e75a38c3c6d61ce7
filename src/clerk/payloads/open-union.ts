// A string of which some values are known: editors offer those, and a value that Clerk adds tomorrow still fits.

export type OpenUnion<Known extends string> = Known | (string & {});
