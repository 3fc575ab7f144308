// Owns what the API server asks of a kubelet: logs, commands and connections of a pod.
import type { Duplex } from 'node:stream'

import type { Clock } from '../base/clock.ts'
import { messageOf, StatusError } from '../base/errors.ts'
import type { KubeletGateway, PodLogQuery, PodReference } from '../kubernetes/server/ports.ts'
import type { Dialer } from '../network/dialer.ts'
import { RuntimeError, type LogLine, type LogOptions, type Runtime } from '../runtime/runtime.ts'
import type { PodWorker } from './pod-worker.ts'

export interface KubeletOptions {
  readonly runtime: Runtime
  readonly dialer: Dialer
  readonly clock: Clock
  find(pod: PodReference): PodWorker | undefined
}

/** The kubelets of all nodes of a cluster behind one gateway. */
export function createKubelet(options: KubeletOptions): KubeletGateway {
  const { runtime, dialer } = options
  return {
    logs: (pod, query) => readLogs(options, pod, query),
    async exec(pod, request) {
      const id = containerIdOf(options, pod, false)
      return await asStatus(() => runtime.exec(id, request))
    },
    async attach(pod, request) {
      const id = containerIdOf(options, pod, false)
      await asStatus(() => runtime.attach(id, request))
    },
    async portForward(pod, port): Promise<Duplex> {
      const ip = workerOf(options, pod).ip
      if (ip === undefined) throw new StatusError('BadRequest', `pod ${pod.name} has no address yet`)
      return await asStatus(() => dialer.dial(ip, port, { from: 'node' }))
    },
  }
}

async function* readLogs(
  options: KubeletOptions,
  pod: PodReference,
  query: PodLogQuery,
): AsyncGenerator<Uint8Array> {
  const id = containerIdOf(options, pod, query.previous)
  const sinceMs = sinceOf(query, options.clock)
  const logOptions: LogOptions = {
    follow: query.follow,
    signal: query.signal,
    ...(query.tailLines !== undefined && { tailLines: query.tailLines }),
    ...(sinceMs !== undefined && { sinceMs }),
  }
  let left = query.limitBytes ?? Infinity
  for await (const line of linesOf(options.runtime, id, logOptions)) {
    const prefix = query.timestamps ? `${formatNanos(line.timeMs)} ` : ''
    const bytes = Buffer.from(`${prefix}${line.text}${line.isOpen ? '' : '\n'}`)
    yield bytes.length <= left ? bytes : bytes.subarray(0, left)
    left -= bytes.length
    if (left <= 0) return
  }
}

// pkg/kubelet/types RFC3339NanoFixed: always nine digits.
function formatNanos(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000000Z')
}

// Text of pkg/kubelet/kuberuntime GetContainerLogs: the runtime does not have the container any more.
async function* linesOf(runtime: Runtime, id: string, logOptions: LogOptions): AsyncGenerator<LogLine> {
  try {
    yield* runtime.logs(id, logOptions)
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'NotFound') throw error
    throw new StatusError('BadRequest', `unable to retrieve container logs for containerd://${id}`)
  }
}

function sinceOf({ sinceSeconds, sinceTime }: PodLogQuery, clock: Clock): number | undefined {
  if (sinceTime !== undefined) return Date.parse(sinceTime)
  return sinceSeconds === undefined ? undefined : clock.now() - sinceSeconds * 1000
}

function workerOf(options: KubeletOptions, pod: PodReference): PodWorker {
  const worker = options.find(pod)
  if (!worker) throw new StatusError('NotFound', `pod "${pod.name}" is not running on any node`)
  return worker
}

// Texts of pkg/kubelet/kubelet_pods.go validateContainerLogStatus.
function containerIdOf(options: KubeletOptions, pod: PodReference, previous: boolean): string {
  const id = workerOf(options, pod).containerId(pod.container, previous)
  if (id !== undefined) return id
  const text = previous
    ? `previous terminated container "${pod.container}" in pod "${pod.name}" not found`
    : `container "${pod.container}" in pod "${pod.name}" is waiting to start: ContainerCreating`
  throw new StatusError('BadRequest', text)
}

async function asStatus<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NotSupported') {
      throw new StatusError('BadRequest', error.message)
    }
    throw new StatusError('InternalError', messageOf(error))
  }
}
