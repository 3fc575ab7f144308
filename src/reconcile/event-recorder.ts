// Owns the recording of Kubernetes events: equal ones are counted up, similar ones combined, floods about one object cut
// off. Source of the rules: client-go tools/record (EventCorrelator, EventAggregator, EventSourceObjectSpamFilter).
import type { Event } from '../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import type { Draft, KubernetesClient, KubernetesObject } from '../kubernetes/client/client.ts'
import { events } from '../kubernetes/client/resources.ts'
import type { ControllerContext } from './controller.ts'
import type { ControllerEnvironment } from './run-controller.ts'

type EventText = Parameters<ControllerContext['event']>[1]

// client-go: maxLruCacheEntries, defaultSpamBurst, defaultSpamQPS.
const MAX_REMEMBERED = 4096
const SPAM_BURST = 25
const SPAM_REFILL_MS = 300_000
// defaultAggregateMaxEvents, defaultAggregateIntervalInSeconds: as many messages of one reason are told one by one.
const TOLD_APART = 10
const SIMILAR_FOR_MS = 600_000
const COMBINED = '(combined from similar events): '
// It records by events.k8s.io (client-go tools/events): what it says for one reason of one version of an object is a
// series, which keeps its first words, is told at its second event, and then from time to time (refreshTime).
const TELLS_SERIES = 'default-scheduler'
const REFRESH_MS = 30 * 60_000
// finishTime: a series that has rested so long is over; what it came to is told then.
const FINISH_MS = 6 * 60_000

// Together they wait for one sync of the disk instead of one each.
const WRITES_AT_ONCE = 64

interface Recorded {
  readonly draft: Draft<Event>
  /** The latest of those that have been combined. */
  message: string
  count: number
  lastMs: number
  /** How often it was written so far; below `count` while a write is due. */
  written: number
  /** When it was written last; 0 before that. */
  writtenMs: number
}

/** What has been said of one object for one reason. */
interface Similar {
  readonly messages: Set<string>
  lastMs: number
}

interface Bucket {
  tokens: number
  readonly sinceMs: number
}

/** Writes events about objects, in order, in the background. */
export class EventRecorder {
  readonly #environment: ControllerEnvironment & { readonly client: KubernetesClient }
  readonly #recorded = new Map<string, Recorded>()
  /** Ended by time, not by number: thousands of pods may wait. */
  readonly #series = new Map<string, Recorded>()
  #finishedMs = 0
  readonly #similar = new Map<string, Similar>()
  readonly #buckets = new Map<string, Bucket>()
  readonly #due = new Set<Recorded>()
  #writing = false
  #sequence = 0

  constructor(environment: ControllerEnvironment & { readonly client: KubernetesClient }) {
    this.#environment = environment
  }

  /** Queues an event; a failure to write it is logged. */
  record(about: KubernetesObject, given: EventText): void {
    const nowMs = this.#environment.clock.now()
    if (given.from === TELLS_SERIES) return this.#recordInSeries(about, given, nowMs)
    const { key, text } = this.#combined(about, given, nowMs)
    let recorded = this.#recorded.get(key)
    if (recorded) {
      recorded.count += 1
      recorded.lastMs = nowMs
      recorded.message = text.message
    } else {
      const draft = this.#draft(about, text, nowMs)
      recorded = { draft, message: text.message, count: 1, lastMs: nowMs, written: 0, writtenMs: 0 }
    }
    // Written again to the end of the map: what was not seen for longest is forgotten first.
    this.#recorded.delete(key)
    remember(this.#recorded, key, recorded)
    if (!this.#allows(`${text.from}/${about.metadata.uid}/${text.type}`, nowMs)) return
    this.#tell(recorded)
  }

  #recordInSeries(about: KubernetesObject, text: EventText, nowMs: number): void {
    this.#finishSeries(nowMs)
    const { message, ...reason } = text
    const { namespace, uid, resourceVersion } = about.metadata
    const key = JSON.stringify([about.kind, namespace, uid, resourceVersion, reason])
    const series = this.#series.get(key) ?? {
      draft: this.#draft(about, text, nowMs),
      message,
      count: 0,
      lastMs: nowMs,
      written: 0,
      writtenMs: 0,
    }
    series.count += 1
    series.lastMs = nowMs
    this.#series.set(key, series)
    if (series.count <= 2 || nowMs - series.writtenMs >= REFRESH_MS) this.#tell(series)
  }

  // Looked at when something is recorded, as seldom as client-go does.
  #finishSeries(nowMs: number): void {
    if (nowMs - this.#finishedMs < FINISH_MS) return
    this.#finishedMs = nowMs
    for (const [key, series] of this.#series) {
      if (nowMs - series.lastMs < FINISH_MS) continue
      this.#series.delete(key)
      if (series.count > series.written) this.#tell(series)
    }
  }

  #tell(recorded: Recorded): void {
    this.#due.add(recorded)
    this.#startWriting()
  }

  /** The event to write for this one, and what it is counted up by. */
  #combined(about: KubernetesObject, text: EventText, nowMs: number): { key: string; text: EventText } {
    const { message, ...reason } = text
    const { namespace, uid } = about.metadata
    const object = [about.kind, namespace, uid]
    const [own, shared] = [JSON.stringify([...object, text]), JSON.stringify([...object, reason])]
    const known = this.#similar.get(shared)
    const similar: Similar =
      known && nowMs - known.lastMs <= SIMILAR_FOR_MS ? known : { messages: new Set(), lastMs: nowMs }
    similar.lastMs = nowMs
    this.#similar.delete(shared)
    remember(this.#similar, shared, similar)
    similar.messages.add(message)
    if (similar.messages.size < TOLD_APART) return { key: own, text }
    // The set stays as large as that: every further message is combined.
    similar.messages.delete(message)
    return { key: shared, text: { ...text, message: `${COMBINED}${message}` } }
  }

  #allows(source: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: SPAM_BURST, sinceMs: nowMs }
    const tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMs - bucket.sinceMs) / SPAM_REFILL_MS)
    this.#buckets.delete(source)
    remember(this.#buckets, source, { tokens: tokens >= 1 ? tokens - 1 : tokens, sinceMs: nowMs })
    return tokens >= 1
  }

  #draft(about: KubernetesObject, text: EventText, nowMs: number): Draft<Event> {
    const { name, uid, resourceVersion } = about.metadata
    // Events about cluster-scoped objects live in the namespace default.
    const namespace = about.metadata.namespace ?? 'default'
    // client-go names an event by the nanosecond; the clock has milliseconds, so a sequence takes the rest.
    this.#sequence = (this.#sequence + 1) % 1_000_000
    const unique = (BigInt(nowMs) * 1_000_000n + BigInt(this.#sequence)).toString(16)
    return {
      metadata: { name: `${name}.${unique}`, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        uid,
        resourceVersion,
        ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      },
      type: text.type,
      reason: text.reason,
      message: text.message,
      source: { component: text.from },
      reportingComponent: text.from,
      reportingInstance: '',
      firstTimestamp: formatTimestamp(nowMs),
    }
  }

  #startWriting(): void {
    if (this.#writing) return
    this.#writing = true
    const { supervisor, log } = this.#environment
    supervisor.run('event recorder', async (signal) => {
      while (this.#due.size > 0 && !signal.aborted) {
        // Each event once: its next count waits for the next round.
        const round = [...this.#due].slice(0, WRITES_AT_ONCE)
        for (const recorded of round) this.#due.delete(recorded)
        await Promise.all(
          round.map((recorded) =>
            this.#write(recorded).catch((error: unknown) => {
              log.warn('event not recorded', { error, about: recorded.draft.involvedObject.name })
            }),
          ),
        )
      }
      this.#writing = false
    })
  }

  async #write(recorded: Recorded): Promise<void> {
    const { client } = this.#environment
    const { draft } = recorded
    const count = recorded.count
    const { message } = recorded
    const seen = { count, message, lastTimestamp: formatTimestamp(recorded.lastMs) }
    if (recorded.written > 0) {
      const { name = '', namespace = 'default' } = draft.metadata
      try {
        await client.patch(events, { namespace, name }, seen, { type: 'merge' })
        recorded.written = count
        recorded.writtenMs = recorded.lastMs
        return
      } catch (error) {
        // It has expired or was deleted: write it anew.
        if (!isNotFound(error)) throw error
      }
    }
    await client.create(events, { ...draft, ...seen })
    recorded.written = count
    recorded.writtenMs = recorded.lastMs
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  if (map.size <= MAX_REMEMBERED) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
