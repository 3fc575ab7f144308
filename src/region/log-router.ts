// Owns the log routers of a cluster's Fargate pods: each reads the lines of its pod's containers and sends what its
// configuration makes of them to CloudWatch Logs, with the rights of the pod execution role.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Supervisor } from '../base/supervisor.ts'
import { pods } from '../kubernetes/client/resources.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import type { PodFacts } from '../rules/log-router/filters/filter.ts'
import { readLogRouter, type LogRouter, type LogRouterData } from '../rules/log-router/log-router.ts'
import { startPipeline, tagOf } from '../rules/log-router/pipeline.ts'
import { RuntimeError, type Runtime } from '../runtime/runtime.ts'
import type { Session } from './instance-credentials.ts'
import { keptSession } from './kept-session.ts'
import { LogDelivery } from './log-delivery.ts'
import type { OpenAws } from './pod-session.ts'

/** What a machine remembers of the log router of its pod. */
export interface LogRouterRecord {
  /** The ConfigMap at the start of the pod: changes are for new pods only. */
  readonly data: LogRouterData
  readonly roleArn: string
  readonly profileArn: string
}

export interface LogRoutersOptions {
  readonly clusterName: string
  readonly region: string
  readonly cluster: ControllerContext
  readonly runtime: Pick<Runtime, 'logs'>
  readonly clock: Clock
  readonly log: Log
  readonly supervisor: Supervisor
  readonly aws: OpenAws
  /** For looking how far a router came before a restart. */
  readonly caller: AwsCaller
  fargateSession(request: {
    readonly roleArn: string
    readonly profileArn: string
    readonly nodeName: string
  }): Promise<Session>
  /** By pod UID. */
  recordOf(podUid: string): LogRouterRecord | undefined
}

/** What started before that may have been read before. */
type Followed = LogRoutersOptions & { readonly beganMs: number }

interface RunningRouter {
  pod: Pod
  readonly outputs: LogRouter['outputs']
  readonly read: ReturnType<typeof startPipeline>
  readonly delivery: LogDelivery
  /** Ids of containers whose lines it reads, or has read. */
  readonly containers: Set<string>
}

/** Runs log routers for the pods of the cluster. @returns ends them; what they have read by then is sent */
export function startLogRouters(options: LogRoutersOptions): () => Promise<void> {
  const running = new Map<string, RunningRouter>()
  const beganMs = options.clock.now()
  const unsubscribe = options.cluster.informer(pods).onChange(({ before, after }) => {
    if (after) follow({ ...options, beganMs }, running, after)
    else if (before) running.delete(before.metadata.uid)
  })
  return async () => {
    unsubscribe()
    await Promise.all([...running.values()].map(({ delivery }) => delivery.flush()))
  }
}

function follow(options: Followed, running: Map<string, RunningRouter>, pod: Pod): void {
  const { uid, name } = pod.metadata
  const router = running.get(uid) ?? startRouter(options, running, pod)
  if (!router) return
  router.pod = pod
  for (const started of startedContainers(pod)) {
    if (router.containers.has(started.containerId)) continue
    router.containers.add(started.containerId)
    options.supervisor.run(`log router of ${name}`, (signal) =>
      readContainer(options, router, { ...started, signal }),
    )
  }
}

function startRouter(
  options: LogRoutersOptions,
  running: Map<string, RunningRouter>,
  pod: Pod,
): RunningRouter | undefined {
  const { uid, name, namespace = '' } = pod.metadata
  const nodeName = pod.spec.nodeName
  const record = nodeName === undefined ? undefined : options.recordOf(uid)
  if (!record || nodeName === undefined) return undefined
  const router = routerOf(options, record)
  if (!router) return undefined
  const { roleArn, profileArn } = record
  const { clusterName, clock, log, aws } = options
  const credentials = keptSession(clock, () => options.fargateSession({ roleArn, profileArn, nodeName }))
  const made: RunningRouter = {
    pod,
    outputs: router.outputs,
    read: startPipeline(router, { pod: () => factsOf(made.pod), now: () => clock.now() }),
    delivery: new LogDelivery({
      caller: aws({ credentials }),
      clock,
      log,
      processLogs: router.shipsProcessLogs
        ? { group: `${clusterName}-fluent-bit-logs`, stream: `fluent-bit-${name}-${namespace}` }
        : undefined,
    }),
    containers: new Set(),
  }
  running.set(uid, made)
  return made
}

// What is emulated may have changed since the pod started.
function routerOf({ region, log }: LogRoutersOptions, { data }: LogRouterRecord): LogRouter | undefined {
  const reading = readLogRouter(data, region)
  if (reading.state === 'ready') return reading.router
  log.warn('a log router cannot go on', { why: reading.state === 'invalid' ? reading.message : reading.what })
  return undefined
}

interface StartedContainer {
  readonly container: string
  readonly containerId: string
  readonly startedAtMs: number
}

function startedContainers({ status }: Pod): readonly StartedContainer[] {
  const all = [status?.initContainerStatuses, status?.containerStatuses, status?.ephemeralContainerStatuses]
  return all.flatMap((statuses = []) =>
    statuses.flatMap(({ name, containerID, state }) => {
      const startedAt = state?.running?.startedAt ?? state?.terminated?.startedAt
      if (!containerID || !startedAt) return []
      const containerId = containerID.replace(/^\w+:\/\//, '')
      return [{ container: name, containerId, startedAtMs: Date.parse(startedAt) }]
    }),
  )
}

async function readContainer(
  options: Followed,
  router: RunningRouter,
  { signal, ...started }: StartedContainer & { readonly signal: AbortSignal },
): Promise<void> {
  const { container, containerId, startedAtMs } = started
  const sinceMs = startedAtMs < options.beganMs ? await reachedBefore(options, router, started) : 0
  try {
    for await (const line of options.runtime.logs(containerId, { follow: true, signal, sinceMs })) {
      if (line.isOpen) continue
      for (const each of router.read({ ...line, container, containerId })) router.delivery.write(each)
    }
  } catch (error) {
    // It ended, and was cleared away, before its first line was read.
    if (!(error instanceof RuntimeError) || error.code !== 'NotFound') throw error
  }
  await router.delivery.flush()
}

/** After a restart of the region: the time behind the last line that has arrived of a container; 0 when none has. */
async function reachedBefore(
  { caller, log }: LogRoutersOptions,
  { pod, outputs }: RunningRouter,
  started: StartedContainer,
): Promise<number> {
  // Streams that are named by what is in a record cannot be known beforehand.
  const event = { tag: tagOf(factsOf(pod), started), timeMs: 0, record: {} }
  const places = outputs.map((output) => output.place(event))
  const times = await Promise.all(
    places.map(async ({ group, stream }) => {
      type Answer = { readonly logStreams?: readonly { readonly lastEventTimestamp?: number }[] }
      const input = { logGroupName: group, logStreamNamePrefix: stream }
      const answer = await caller
        .call<Answer>('logs', 'DescribeLogStreams', input)
        .catch((error: unknown) => {
          log.debug('no lines of a log router yet', { group, stream, error: messageOf(error) })
          return undefined
        })
      return (answer?.logStreams?.[0]?.lastEventTimestamp ?? -1) + 1
    }),
  )
  return Math.max(0, ...times)
}

function factsOf({ metadata, spec, status }: Pod): PodFacts {
  const ids = new Map((status?.containerStatuses ?? []).map(({ name, imageID }) => [name, imageID]))
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid,
    node: spec.nodeName ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    images: Object.fromEntries(
      containers.map(({ name, image = '' }) => [name, { image, id: ids.get(name) ?? '' }]),
    ),
  }
}
