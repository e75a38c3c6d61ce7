// The overloads, in the order of the report.

import { fourTimes } from './four-times.ts';
import type { Overload } from './overload.ts';
import { hangingDatabase, slowDatabase } from './slow-database.ts';

/** All overloads. */
export const overloads: readonly Overload[] = [fourTimes, slowDatabase, hangingDatabase];
