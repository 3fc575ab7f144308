// Owns the built-in metrics server: metrics.k8s.io is served while a pod of its image runs, as an APIService would be.
import { formatTimestamp, type Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Node, Pod } from '../../generated/kubernetes.d.ts'
import type { Kind } from '../kubernetes/resources/kind.ts'
import {
  metricsKinds,
  type NodeMetrics,
  type PodMetrics,
  totalUsage,
  type Usage,
  usageText,
} from '../kubernetes/resources/metrics.ts'
import type { PodUsage } from '../node/usage.ts'
import { declaredUsage } from '../rules/nodes/declared-usage.ts'
import { isRepository, type BuiltinImage } from '../runtime/standin/builtins.ts'

export interface MetricsBuiltinOptions {
  readonly clock: Clock
  readonly log: Log
  /** What every pod of the cluster has used so far. */
  readonly usage: () => Promise<readonly PodUsage[]>
  readonly nodes: () => readonly Node[]
  /** Makes a kind part of the cluster's API. @returns a function that takes it out again. */
  readonly addKind: (kind: Kind) => () => void
}

/** metrics-server's --metric-resolution in EKS's add-on. */
const RESOLUTION_MS = 15_000
/** Two readings make a rate; the second need not wait for a whole period. */
const FIRST_MS = 1_000

interface Scrape {
  readonly atMs: number
  readonly pods: readonly PodUsage[]
}

/** The image of metrics-server. All of its replicas answer from the same readings. */
export function metricsBuiltin(options: MetricsBuiltinOptions): BuiltinImage {
  let running = 0
  let end: (() => Promise<void>) | undefined
  return {
    name: 'metrics-server',
    // Nodes have no port of a kubelet that the image could ask.
    isReplaceable: false,
    matches: (image) => isRepository(image, 'metrics-server'),
    async start(_sandbox, _container, context) {
      running += 1
      end ??= serve(options)
      context.log('neargate built-in metrics-server: reads what the runtime knows of every container')
      return {
        async stop() {
          running -= 1
          if (running > 0) return
          const ended = end
          end = undefined
          await ended?.()
        },
      }
    },
  }
}

/** Scrapes and serves until the function that it returns is called. */
function serve({ clock, log, usage, nodes, addKind }: MetricsBuiltinOptions): () => Promise<void> {
  const supervisor = new Supervisor(log)
  let before: Scrape | undefined
  let last: Scrape | undefined
  supervisor.run('metrics', async (signal) => {
    for (let waitMs = FIRST_MS; !signal.aborted; waitMs = RESOLUTION_MS) {
      try {
        const pods = await usage()
        before = last
        last = { atMs: clock.now(), pods }
      } catch (error) {
        log.warn('usage of pods not read', { error: messageOf(error) })
      }
      await clock.sleep(waitMs, signal)
    }
  })
  const source = {
    pods: () => (before && last ? podReadings(before, last) : []),
    nodes: () => (before && last ? nodeReadings(podReadings(before, last), { nodes: nodes(), last }) : []),
  }
  const removals = metricsKinds(source).map(addKind)
  return async () => {
    for (const remove of removals) remove()
    await supervisor.stop()
  }
}

/** What pods used between two scrapes. Containers that were started in between have no rate yet. */
function podReadings(before: Scrape, last: Scrape): PodMetrics[] {
  const windowMs = Math.max(1, last.atMs - before.atMs)
  const earlier = new Map(before.pods.map((each) => [each.pod.metadata.uid, each]))
  return last.pods.flatMap(({ pod, containers }) => {
    const known = new Map(earlier.get(pod.metadata.uid)?.containers.map((each) => [each.name, each]))
    const told = toldUsage(pod, containers.length)
    const measured = containers.flatMap(({ name, cpuNanos, memoryBytes, isStandin }) => {
      const since = known.get(name)
      // Less CPU time than before: another run of the container.
      if (!since || cpuNanos < since.cpuNanos) return []
      if (isStandin && told) return [{ name, usage: told }]
      const nanoCores = Math.round(((cpuNanos - since.cpuNanos) / windowMs) * 1000)
      return [{ name, usage: usageOf(nanoCores, memoryBytes) }]
    })
    if (measured.length === 0) return []
    const { name, namespace = '', labels } = pod.metadata
    const metadata = { name, namespace, ...(labels ? { labels } : {}) }
    return [{ ...readingOf('PodMetrics', last.atMs, windowMs, metadata), containers: measured }]
  })
}

/** What each stand-in of a pod uses where the pod says so: all have an equal share. */
function toldUsage({ metadata }: Pod, count: number): Usage | undefined {
  const told = declaredUsage(metadata.annotations)
  if (!told || 'problem' in told) return undefined
  return usageOf(Math.round((told.cpuMilli * 1e6) / count), told.memoryBytes / count)
}

/** What nodes use is what their pods use: there is no system beside them. */
function nodeReadings(
  pods: readonly PodMetrics[],
  { nodes, last }: { readonly nodes: readonly Node[]; readonly last: Scrape },
): NodeMetrics[] {
  const byKey = new Map(pods.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each]))
  return nodes.map(({ metadata: { name, labels } }) => {
    const containers = last.pods
      .filter(({ nodeName }) => nodeName === name)
      .flatMap(({ pod }) => byKey.get(`${pod.metadata.namespace}/${pod.metadata.name}`)?.containers ?? [])
    const usage = { cpu: totalUsage(containers, 'cpu'), memory: totalUsage(containers, 'memory') }
    const metadata = { name, ...(labels ? { labels } : {}) }
    return { ...readingOf('NodeMetrics', last.atMs, RESOLUTION_MS, metadata), usage }
  })
}

function usageOf(nanoCores: number, memoryBytes: number): Usage {
  return { cpu: usageText('cpu', nanoCores), memory: usageText('memory', Math.ceil(memoryBytes / 1024)) }
}

function readingOf<T extends object>(kind: string, atMs: number, windowMs: number, metadata: T) {
  const timestamp = formatTimestamp(atMs)
  return {
    kind,
    apiVersion: 'metrics.k8s.io/v1beta1',
    // Readings are no stored objects: they have neither a uid nor a version.
    metadata: { creationTimestamp: timestamp, uid: '', resourceVersion: '', ...metadata },
    timestamp,
    window: `${Math.round(windowMs / 1000)}s`,
  }
}
