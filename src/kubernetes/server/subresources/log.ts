// Owns pods/log: which container, and the stream from its node.
// Source: kubernetes pkg/registry/core/pod/strategy.go (LogLocation).
import type { WebSocket } from 'ws'

import type { Pod } from '../../../../generated/kubernetes.d.ts'
import { StatusError } from '../../../base/errors.ts'
import { forbidden, invalid, invalidStatus, type FieldError } from '../../resources/field-error.ts'
import { podKind } from '../../resources/pod.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import type { PodLogQuery, PodReference } from '../ports.ts'
import { integerOf } from '../request-options.ts'
import { isTrue } from '../route.ts'

type LogCall = Pick<Call, 'api' | 'route' | 'query' | 'request'>

/** The log, as it comes from the node. */
export async function log(call: LogCall): Promise<ApiResponse> {
  const { api, route, query } = call
  const pod = api.registry.get(podKind, route)
  const container = chooseContainer(pod, query.get('container') ?? '')
  if (!pod.spec.nodeName) {
    // Nothing runs yet: upstream answers with an empty log too.
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: '' }
  }
  const stream = api.kubelet.logs(container, logQuery(call))
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: await started(stream) }
}

/** Sends a log over a WebSocket, a message a chunk, and ends it with the log. */
export async function serveLog(socket: WebSocket, body: ApiResponse['body']): Promise<void> {
  socket.on('error', () => socket.terminate())
  const chunks = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  try {
    for await (const chunk of chunks) {
      if (socket.readyState !== socket.OPEN) return
      await new Promise<void>((resolve) => socket.send(chunk, { binary: true }, () => resolve()))
    }
  } catch (error) {
    // A client that goes ends the log, which is then no failure.
    if (socket.readyState === socket.OPEN) throw error
  }
  socket.close(1000)
}

/** The container a request means. @throws StatusError BadRequest when it names none that is there. */
export function chooseContainer(pod: Pod, wanted: string): PodReference {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  const names = [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name)
  const { name, namespace = '', uid } = pod.metadata
  if (wanted === '') {
    if (containers.length > 1) {
      throw new StatusError(
        'BadRequest',
        `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`,
      )
    }
    return { namespace, name, uid, container: containers[0]?.name ?? '' }
  }
  if (!names.includes(wanted)) {
    throw new StatusError('BadRequest', `container ${wanted} is not valid for pod ${name}`)
  }
  return { namespace, name, uid, container: wanted }
}

// pkg/apis/core/validation ValidatePodLogOptions
function atLeast(field: string, value: number | undefined, least: 0 | 1): FieldError[] {
  if (value === undefined || value >= least) return []
  return [
    invalid(field, value, least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'),
  ]
}

function logQuery({ query, request, route }: LogCall): PodLogQuery {
  const podName = route.name
  const tailLines = integerOf(query, 'tailLines')
  const sinceSeconds = integerOf(query, 'sinceSeconds')
  const limitBytes = integerOf(query, 'limitBytes')
  const sinceTime = query.get('sinceTime') || undefined
  const errors = [
    ...atLeast('tailLines', tailLines, 0),
    ...atLeast('sinceSeconds', sinceSeconds, 1),
    ...atLeast('limitBytes', limitBytes, 1),
    ...(sinceTime !== undefined && sinceSeconds !== undefined
      ? [forbidden('sinceSeconds', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]
      : []),
  ]
  if (errors.length > 0) throw invalidStatus({ group: '', kind: 'PodLogOptions' }, podName, errors)
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime))) {
    const quoted = JSON.stringify(sinceTime)
    throw new StatusError(
      'BadRequest',
      `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`,
    )
  }
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    signal: request.signal,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
  }
}

/**
 * The same stream, once its first chunk is there: what the node refuses is then an error of the request.
 * A log that is followed may be silent for long; its headers wait as they do behind a real kubelet.
 */
async function started(stream: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = stream[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}
