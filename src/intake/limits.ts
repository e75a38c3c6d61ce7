// The limits of the intake, in one place. Times in ms, sizes in bytes.

/** Svix gives up after 15 s; an answer is due within 10 s. */
export const limits = {
  /** Messages of one packet, and the bytes of their bodies. */
  batchMessages: 400,
  batchBytes: 8 * 1024 * 1024,
  /** While so many packets are without answer, messages wait. */
  packetsInFlight: 2,
  /** About a second of work: a longer queue would only make everybody wait, also after the crowd has gone. */
  queuedMessages: 1000,
  queuedBytes: 32 * 1024 * 1024,
  /** Counted from arrival. */
  answerWithinMs: 9000,
  /** The transaction of a batch. */
  wholeBatch: { lockMs: 2000, totalMs: 4000 },
  /** One message among many that failed together: the others are waiting. */
  oneByOne: { lockMs: 250, totalMs: 2000 },
  /** After this the rest of a failing batch is stored for later, so that its senders are answered in time. */
  oneByOneBudgetMs: 3000,
  /** The inbox alone: the last thing tried before a sender is told to come again. */
  storing: { lockMs: 500, totalMs: 2000 },
} as const;

/** Those of the queue, which a test sets. */
export type QueueLimits = Record<
  'batchMessages' | 'batchBytes' | 'packetsInFlight' | 'queuedMessages' | 'queuedBytes' | 'answerWithinMs',
  number
>;
