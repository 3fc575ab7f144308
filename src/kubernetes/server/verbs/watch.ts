// Owns watching a collection: one JSON document an event, until the client goes or its time is up.
import { isExpired, StatusError } from '../../../base/errors.ts'
import type { KubernetesObject, WatchEvent } from '../../client/client.ts'
import type { WatchStream } from '../../registry/watch.ts'
import { whenConverted } from '../../resources/unconverted.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { listOptions } from '../list-options.ts'
import { jsonOf, jsonPartial, textsOf } from '../json-body.ts'
import { JSON_TYPE, type Accepted } from '../negotiation.ts'
import { acceptedStream, eventBody } from '../representation.ts'
import { integerOf } from '../request-options.ts'
import { isTrue } from '../route.ts'
import { statusBody } from '../status.ts'
import { toPartial } from '../table.ts'
import { bytesOf } from '../watch-frames.ts'
import { eventFrame, jsonFrame, streamType } from '../watch-frame.ts'

/** A stream of events. */
export async function watch(call: Call): Promise<ApiResponse> {
  const { api, kind, query, request } = call
  const { namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents } = listOptions(call)
  // Before the stream stands: afterwards there is no way to refuse.
  const accepted = acceptedStream(call)
  const timeout = new AbortController()
  const timer = api.clock.after(timeoutMs(call), () => timeout.abort())
  const signal = AbortSignal.any([request.signal, timeout.signal])
  const headers = { 'content-type': streamType(accepted), 'cache-control': 'no-cache, private' }
  try {
    const asked = {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion,
      allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
      sendInitialEvents,
      signal,
    }
    const events = await whenConverted(() => api.registry.watch(kind, asked))
    return { status: 200, headers, body: encode(call, { events, accepted, finish: () => timer.cancel() }) }
  } catch (error) {
    timer.cancel()
    // A version that is gone is an event of the stream, not a failure of the request.
    if (!(error instanceof StatusError) || !isExpired(error)) throw error
    return { status: 200, headers, body: eventFrame(accepted, 'ERROR', statusBody(error)) }
  }
}

// apiserver min-request-timeout: watches without a limit end after 30 to 60 minutes.
const DEFAULT_TIMEOUT_MS = 30 * 60_000
// Timers of JavaScript know no longer time.
const MAXIMUM_TIMEOUT_MS = 2 ** 31 - 1

function timeoutMs({ query, api }: Call): number {
  const seconds = integerOf(query, 'timeoutSeconds') ?? 0
  if (seconds > 0) return Math.min(seconds * 1000, MAXIMUM_TIMEOUT_MS)
  return DEFAULT_TIMEOUT_MS + api.ids.below(DEFAULT_TIMEOUT_MS)
}

interface Encoding {
  readonly events: WatchStream
  readonly accepted: Accepted
  readonly finish: () => void
}

// So much is written at once: one packet of TLS for each event would be most of the work of a busy watch.
const CHUNK_BYTES = 64 * 1024

async function* encode(call: Call, { events, accepted, finish }: Encoding): AsyncGenerator<Uint8Array> {
  const { frames } = call.api
  const frameOf = framesFor(call, accepted)
  try {
    for await (const batch of events.batches()) {
      let chunk: Uint8Array[] = []
      let size = 0
      for (const event of batch) {
        const frame = frameOf(event)
        chunk.push(frame)
        size += frame.length
        if (size < CHUNK_BYTES) continue
        yield frames.joined(chunk)
        chunk = []
        size = 0
      }
      if (chunk.length > 0) yield frames.joined(chunk)
      await frames.rest()
    }
  } finally {
    finish()
  }
}

type Event = WatchEvent<KubernetesObject>

function framesFor(call: Call, accepted: Accepted): (event: Event) => Uint8Array {
  if (accepted.as !== 'Table') {
    const { as, version = 'v1' } = accepted
    const form = [accepted.type, as ?? '', version].join()
    const { frames } = call.api
    const texts = textsOf(call)
    return (event) =>
      frames.frame(event, form, ({ type, object }) => {
        if (accepted.type !== JSON_TYPE) {
          return eventFrame(accepted, type, as === undefined ? object : toPartial(object, version))
        }
        const text = texts(object)
        return jsonFrame(type, as === undefined ? jsonOf(text, object) : jsonPartial(text, object, version))
      })
  }
  // Rows of a table say how old things are now, and the first one brings the columns along.
  let isFirst = true
  return ({ type, object }) => {
    if (type === 'BOOKMARK') return bytesOf(eventFrame(accepted, type, bookmarkBody(accepted, object)))
    const body = eventBody(call, object, { accepted, isFirst })
    isFirst = false
    return bytesOf(eventFrame(accepted, type, body))
  }
}

// A bookmark of a Table watch is a Table without rows.
function bookmarkBody({ version = 'v1' }: Accepted, object: KubernetesObject): object {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
    columnDefinitions: [],
    rows: [],
  }
}
