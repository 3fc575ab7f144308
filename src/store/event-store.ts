// Owns the contract of where events are kept that are too many for memory: the lines of log streams.

/** What a writer gives. */
export interface NewEvent {
  readonly timestampMs: number
  readonly message: string
}

/** One event as it is kept. */
export interface StoredEvent extends NewEvent {
  /** Which stream it belongs to. */
  readonly stream: string
  readonly ingestedAtMs: number
  /** Rises with every event of the store: the order of arrival. */
  readonly id: number
}

/** A place among the events of some streams, in the order of time, then of arrival. */
export interface EventPlace {
  readonly timestampMs: number
  readonly id: number
}

export interface EventQuery {
  readonly streams: readonly string[]
  /** First time to return, inclusive; the beginning by default. */
  readonly fromMs?: number
  /** First time not to return; the end by default. */
  readonly toMs?: number
  /** Go on after this event, or before it when the order is `backwards`. */
  readonly after?: EventPlace
  /** Newest first. */
  readonly backwards?: boolean
}

/** What a stream holds. */
export interface StreamExtent {
  readonly firstMs: number
  readonly lastMs: number
  readonly lastIngestedMs: number
  /** As CloudWatch Logs counts them: the message in UTF-8 and 26 an event. */
  readonly bytes: number
}

/**
 * Events by stream, on disk as the store's commits are: `append` resolves once they are.
 *
 * The store keeps so many bytes in all and forgets the oldest arrivals beyond that. Reads are synchronous and
 * take from the disk what is asked for, one event at a time, so that nobody has to hold a stream in memory.
 */
export interface EventStore {
  /** @throws StoreError `Unwritable`, `Closed` */
  append(stream: string, events: readonly NewEvent[], ingestedAtMs: number): Promise<void>
  /** In the order of time, then of arrival; ends early when the caller stops asking. */
  read(query: EventQuery): IterableIterator<StoredEvent>
  /** Undefined for a stream without events. */
  extentOf(stream: string): StreamExtent | undefined
  /** Streams that have events. */
  streams(): string[]
  /** Forgets a stream's events, those before a time or all. @throws StoreError `Unwritable`, `Closed` */
  drop(stream: string, beforeMs?: number): Promise<void>
  close(): Promise<void>
}
