// Owns watches: initial events, selector transitions, bookmarks, and a bound on what a slow reader may owe.
// Source: kubernetes.io/docs/reference/using-api/api-concepts (efficient detection of changes, streaming lists).
import { onAbort } from '../../base/abort.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import { isExpired, StatusError } from '../../base/errors.ts'
import type { KubernetesObject, WatchEvent } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { parseResourceVersion } from './read.ts'
import { selectionOf, typeMetaOf, type Selection } from './selection.ts'
import type { StoredChange, Storage } from './storage.ts'

export interface WatchRequest {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Unset or `0`: what is there comes first, as ADDED. */
  readonly resourceVersion?: string | undefined
  readonly allowBookmarks?: boolean
  /** Streaming list: what is there, then a bookmark that marks the end of it. */
  readonly sendInitialEvents?: boolean | undefined
  readonly signal: AbortSignal
}

/** Events a reader may leave unread before its watch is ended: it then lists again, as after any disconnect. */
const MAXIMUM_PENDING = 10_000
const BOOKMARK_INTERVAL_MS = 60_000
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

type Event = WatchEvent<KubernetesObject>

/**
 * Starts a watch. The stream ends when the signal aborts or the reader falls too far behind.
 * @throws StatusError BadRequest for selectors and versions; Expired when the version is no longer kept; Unconverted.
 */
export function startWatch(
  { storage, clock }: { storage: Storage; clock: Clock },
  kind: Kind,
  request: WatchRequest,
): WatchStream {
  const selects = selectionOf(kind, request)
  const stream = new EventStream(request.signal)
  let afterRevision: number
  try {
    afterRevision = deliverInitial(storage, kind, { request, selects, stream })
  } catch (error) {
    stream.end()
    throw error
  }
  const stop = watchOrExpire(
    storage,
    kind,
    { ...(request.namespace ? { namespace: request.namespace } : {}), afterRevision },
    (change) => {
      const event = eventOf(change, selects)
      if (event) stream.push(event)
    },
    // Who watches lists again, and is told what is wrong.
    () => stream.end(),
  )
  stream.onEnd(stop)
  // What is being converted is not delivered yet: a bookmark would say that it is.
  const isLate = kind.storedAs?.requireConverted !== undefined
  if (request.allowBookmarks && !isLate) scheduleBookmarks({ storage, clock }, kind, stream)
  return stream
}

function watchOrExpire(storage: Storage, ...args: Parameters<Storage['watch']>): () => void {
  try {
    return storage.watch(...args)
  } catch (error) {
    if (!isExpired(error)) throw error
    throw new StatusError('Expired', `too old resource version: ${args[1].afterRevision}`)
  }
}

function deliverInitial(
  storage: Storage,
  kind: Kind,
  { request, selects, stream }: { request: WatchRequest; selects: Selection; stream: EventStream },
): number {
  const { resourceVersion, sendInitialEvents, namespace } = request
  const wanted = resourceVersion ? parseResourceVersion(resourceVersion) : 0
  const sendsInitial = sendInitialEvents ?? wanted === 0
  // A version that is still to come is waited for.
  if (!sendsInitial) return wanted === 0 ? storage.revision : wanted
  storage.requireReached(wanted)
  const list = storage.list(kind, namespace ? { namespace } : {})
  for (const object of list.items) if (selects(object)) stream.push({ type: 'ADDED', object }, true)
  if (sendInitialEvents && request.allowBookmarks) {
    stream.push(bookmark(kind, list.revision, { [INITIAL_EVENTS_END]: 'true' }), true)
  }
  return list.revision
}

function bookmark(kind: Kind, revision: number, annotations?: Record<string, string>): Event {
  const metadata = { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) }
  // A bookmark carries a version and nothing else: no name, no uid.
  const object = { ...typeMetaOf(kind), metadata } as unknown as KubernetesObject
  return { type: 'BOOKMARK', object }
}

function scheduleBookmarks(
  { storage, clock }: { storage: Storage; clock: Clock },
  kind: Kind,
  stream: EventStream,
): void {
  let timer: Timer
  const next = (): void => {
    timer = clock.after(BOOKMARK_INTERVAL_MS, () => {
      // Commits reach watches in the same turn that makes them readable: everything up to here is delivered.
      stream.push(bookmark(kind, storage.revision))
      next()
    })
  }
  next()
  stream.onEnd(() => timer.cancel())
}

// An object that starts or stops matching appears or disappears for this watch.
function eventOf(change: StoredChange, selects: Selection): Event | undefined {
  const was = change.previous !== undefined && selects(change.previous)
  if (change.deleted) return was ? { type: 'DELETED', object: change.object } : undefined
  const is = selects(change.object)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: change.object }
  if (!was || !change.previous) return undefined
  const metadata = { ...change.previous.metadata, resourceVersion: String(change.revision) }
  return { type: 'DELETED', object: { ...change.previous, metadata } }
}

/** The events of a watch for one reader, one by one or in batches. */
export interface WatchStream extends AsyncIterable<Event> {
  /** Whatever has come since the last batch was taken, at least one event. */
  batches(): AsyncGenerator<readonly Event[]>
}

/** A queue with one reader. */
class EventStream implements WatchStream {
  readonly #pending: Event[] = []
  readonly #cleanups: (() => void)[] = []
  #wake: (() => void) | undefined
  #ended = false

  constructor(signal: AbortSignal) {
    this.#cleanups.push(onAbort(signal, () => this.end()))
  }

  /** Initial events are not counted against the reader: they are there whatever its speed. */
  push(event: Event, initial = false): void {
    if (this.#ended) return
    this.#pending.push(event)
    if (!initial && this.#pending.length > MAXIMUM_PENDING) this.end()
    this.#wake?.()
  }

  onEnd(cleanup: () => void): void {
    if (this.#ended) cleanup()
    else this.#cleanups.push(cleanup)
  }

  end(): void {
    this.#ended = true
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
    this.#wake?.()
  }

  // By hand: one event costs one turn, and generators within generators take several.
  [Symbol.asyncIterator](): AsyncIterator<Event> {
    let batch: readonly Event[] = []
    let taken = 0
    return {
      next: async () => {
        if (taken === batch.length) {
          while (this.#pending.length === 0 && !this.#ended) await this.#more()
          batch = this.#pending.splice(0)
          taken = 0
        }
        const value = batch[taken++]
        return value ? { value } : { value: undefined, done: true }
      },
      return: async () => {
        this.end()
        return { value: undefined, done: true }
      },
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  async *batches(): AsyncGenerator<readonly Event[]> {
    try {
      for (;;) {
        if (this.#pending.length > 0) yield this.#pending.splice(0)
        if (this.#pending.length > 0) continue
        if (this.#ended) return
        await this.#more()
      }
    } finally {
      this.end()
    }
  }
}
