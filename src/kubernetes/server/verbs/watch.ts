// Owns watching a collection: one JSON document an event, until the client goes or its time is up.
import { isExpired, StatusError } from '../../../base/errors.ts'
import type { KubernetesObject, WatchEvent } from '../../client/client.ts'
import type { Call } from '../api.ts'
import { statusBody, type ApiResponse } from '../http.ts'
import { eventBody, requireRepresentation } from '../representation.ts'
import { integerOf } from '../request-options.ts'
import { isTrue } from '../route.ts'
import { listOptions } from './list.ts'

/** A stream of events. */
export async function watch(call: Call): Promise<ApiResponse> {
  const { api, kind, query, request } = call
  // Before the stream stands: afterwards there is no way to refuse.
  requireRepresentation(call)
  const { namespace, labelSelector, fieldSelector, resourceVersion } = listOptions(call)
  const initial = query.get('sendInitialEvents')
  if (initial !== null && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw new StatusError(
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  }
  const timeout = new AbortController()
  const timer = api.clock.after(timeoutMs(call), () => timeout.abort())
  const signal = AbortSignal.any([request.signal, timeout.signal])
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }
  try {
    const events = api.registry.watch(kind, {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion,
      allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
      sendInitialEvents: initial === null ? undefined : isTrue(initial),
      signal,
    })
    return { status: 200, headers, body: encode(call, events, () => timer.cancel()) }
  } catch (error) {
    timer.cancel()
    // A version that is gone is an event of the stream, not a failure of the request.
    if (!(error instanceof StatusError) || !isExpired(error)) throw error
    const event = { type: 'ERROR', object: statusBody(error) }
    return { status: 200, headers, body: `${JSON.stringify(event)}\n` }
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

async function* encode(
  call: Call,
  events: AsyncIterable<WatchEvent<KubernetesObject>>,
  finish: () => void,
): AsyncGenerator<string> {
  let isFirst = true
  try {
    for await (const { type, object } of events) {
      const body = type === 'BOOKMARK' ? bookmarkBody(call, object) : eventBody(call, object, isFirst)
      if (type !== 'BOOKMARK') isFirst = false
      yield `${JSON.stringify({ type, object: body })}\n`
    }
  } finally {
    finish()
  }
}

// A bookmark of a Table watch is a Table without rows.
function bookmarkBody(call: Call, object: KubernetesObject): object {
  const accept = call.request.headers['accept'] ?? ''
  if (!accept.includes('as=Table')) return object
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
    columnDefinitions: [],
    rows: [],
  }
}
