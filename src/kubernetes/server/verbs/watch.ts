// Owns watching a collection: one JSON document an event, until the client goes or its time is up.
import { isExpired, StatusError } from '../../../base/errors.ts'
import type { KubernetesObject, WatchEvent } from '../../client/client.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { listOptions } from '../list-options.ts'
import type { Accepted } from '../negotiation.ts'
import { acceptedStream, eventBody } from '../representation.ts'
import { integerOf } from '../request-options.ts'
import { isTrue } from '../route.ts'
import { statusBody } from '../status.ts'
import { toPartial } from '../table.ts'
import { eventFrame, streamType } from '../watch-frame.ts'

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
    const events = api.registry.watch(kind, {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion,
      allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
      sendInitialEvents,
      signal,
    })
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
  readonly events: AsyncIterable<WatchEvent<KubernetesObject>>
  readonly accepted: Accepted
  readonly finish: () => void
}

async function* encode(
  call: Call,
  { events, accepted, finish }: Encoding,
): AsyncGenerator<string | Uint8Array> {
  let isFirst = true
  try {
    for await (const { type, object } of events) {
      const body =
        type === 'BOOKMARK' ? bookmarkBody(accepted, object) : eventBody(call, object, { accepted, isFirst })
      if (type !== 'BOOKMARK') isFirst = false
      yield eventFrame(accepted, type, body)
    }
  } finally {
    finish()
  }
}

// A bookmark of a Table watch is a Table without rows.
function bookmarkBody({ as, version = 'v1' }: Accepted, object: KubernetesObject): object {
  if (as === undefined) return object
  if (as !== 'Table') return toPartial(object, version)
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
    columnDefinitions: [],
    rows: [],
  }
}
