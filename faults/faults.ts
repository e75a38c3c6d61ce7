// The rows, in the order of the table.

import type { Fault } from './fault.ts';
import { postgresClock, serviceClock } from './rows/clocks.ts';
import { cutConnections, halfOpen, tooManyConnections } from './rows/connections.ts';
import { killBoth, killPostgres, stopPostgres } from './rows/end-postgres.ts';
import { killService } from './rows/kill-service.ts';
import { deadlock, lockTimeout, serialization, statementTimeout } from './rows/locks.ts';
import { diskFull, readOnly } from './rows/refusing-database.ts';
import {
  rollingRestart,
  rollingRestartKeptAlive,
  rollingRestartUnasked,
  secondService,
  stopInBatch,
} from './rows/restarts.ts';

export const faults: readonly Fault[] = [
  killService,
  killPostgres,
  stopPostgres,
  killBoth,
  cutConnections,
  halfOpen,
  tooManyConnections,
  readOnly,
  diskFull,
  lockTimeout,
  statementTimeout,
  deadlock,
  serialization,
  secondService,
  rollingRestart,
  rollingRestartKeptAlive,
  rollingRestartUnasked,
  stopInBatch,
  serviceClock,
  postgresClock,
];
