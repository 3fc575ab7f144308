// Owns how many replicas a measured usage asks for.
// Source: kubernetes pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go.
import type { Container, Pod } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { milliCores } from '../../base/quantity.ts'
import { podCondition } from '../../rules/scheduling/pod.ts'

// --horizontal-pod-autoscaler-cpu-initialization-period, --horizontal-pod-autoscaler-initial-readiness-delay
const CPU_INITIALIZATION_MS = 5 * 60_000
const READINESS_DELAY_MS = 30_000

/** Thrown where usage tells no number of replicas, with what Kubernetes says. */
export class UsageError extends Error {}

/** What a pod uses, in thousandths, by the end of a window. */
export interface PodUsage {
  readonly milli: number
  readonly atMs: number
  readonly windowMs: number
}

/** By how much usage may differ from its target, as a fraction, before anything is done. */
export interface Tolerance {
  readonly up: number
  readonly down: number
}

export interface UsageTarget {
  /** Percent of what pods request; else `averageMilli` counts. */
  readonly utilization?: number
  readonly averageMilli?: number
  readonly resource: string
  /** One container's usage alone, when set. */
  readonly container?: string
}

export interface UsageQuestion {
  readonly target: UsageTarget
  readonly pods: readonly Pod[]
  readonly usage: ReadonlyMap<string, PodUsage>
  readonly current: number
  readonly tolerance: Tolerance
  readonly nowMs: number
}

export interface UsageAnswer {
  readonly replicas: number
  /** Percent of what is requested, where that is the target. */
  readonly utilization?: number
  readonly averageMilli: number
}

interface Ratio {
  readonly ratio: number
  readonly utilization?: number
  readonly averageMilli: number
}

/**
 * The replicas at which usage would meet its target, by the pods that are ready. Pods that are not measured count so
 * that they hold back a change in either direction.
 * @throws UsageError
 */
export function replicasForUsage(question: UsageQuestion): UsageAnswer {
  const { pods, target, current, tolerance } = question
  if (pods.length === 0) throw new UsageError('no pods returned by selector while calculating replica count')
  const { ready, unready, missing, ignored } = groupPods(question)
  const measured = new Map<string, number>()
  for (const [name, { milli }] of question.usage) {
    if (!ignored.has(name) && !unready.has(name)) measured.set(name, milli)
  }
  if (measured.size === 0) {
    throw new UsageError('did not receive metrics for targeted pods (pods might be unready)')
  }
  const requests = target.utilization === undefined ? undefined : requestsOf(pods, target)
  const first = ratioOf(measured, requests, target)
  const answer = (replicas: number): UsageAnswer => ({
    replicas,
    averageMilli: first.averageMilli,
    ...(first.utilization === undefined ? {} : { utilization: first.utilization }),
  })
  const growsWithUnready = unready.size > 0 && first.ratio > 1
  if (!growsWithUnready && missing.size === 0) {
    return answer(isWithin(tolerance, first.ratio) ? current : Math.ceil(first.ratio * ready))
  }
  for (const name of missing) {
    if (first.ratio < 1) measured.set(name, assumedMilli(target, requests?.get(name) ?? 0))
    else if (first.ratio > 1) measured.set(name, 0)
  }
  if (growsWithUnready) for (const name of unready) measured.set(name, 0)
  const { ratio } = ratioOf(measured, requests, target)
  const turns = (first.ratio < 1 && ratio > 1) || (first.ratio > 1 && ratio < 1)
  if (turns || isWithin(tolerance, ratio)) return answer(current)
  const replicas = Math.ceil(ratio * measured.size)
  const contradicts = (ratio < 1 && replicas > current) || (ratio > 1 && replicas < current)
  return answer(contradicts ? current : replicas)
}

// Not measured on the way down: taken for as much as is asked for, or the target where that is more.
function assumedMilli({ utilization, averageMilli = 0 }: UsageTarget, request: number): number {
  if (utilization === undefined) return averageMilli
  return Math.trunc((request * Math.max(100, utilization)) / 100)
}

function isWithin({ up, down }: Tolerance, ratio: number): boolean {
  return ratio >= 1 - down && ratio <= 1 + up
}

function ratioOf(
  measured: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number> | undefined,
  { utilization, averageMilli = 0 }: UsageTarget,
): Ratio {
  let used = 0
  let requested = 0
  let count = 0
  for (const [name, milli] of measured) {
    const request = requests?.get(name)
    if (requests && request === undefined) continue
    used += milli
    requested += request ?? 0
    count += 1
  }
  if (!requests || utilization === undefined) {
    const average = Math.trunc(used / measured.size)
    return { ratio: average / averageMilli, averageMilli: average }
  }
  if (requested === 0) throw new UsageError('no metrics returned matched known pods')
  const percent = Math.trunc((used * 100) / requested)
  return { ratio: percent / utilization, utilization: percent, averageMilli: Math.trunc(used / count) }
}

interface Groups {
  readonly ready: number
  readonly unready: ReadonlySet<string>
  readonly missing: ReadonlySet<string>
  readonly ignored: ReadonlySet<string>
}

function groupPods({ pods, usage, target, nowMs }: UsageQuestion): Groups {
  const unready = new Set<string>()
  const missing = new Set<string>()
  const ignored = new Set<string>()
  let ready = 0
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata
    const measured = usage.get(name)
    if (deletionTimestamp || pod.status?.phase === 'Failed') ignored.add(name)
    else if (pod.status?.phase === 'Pending') unready.add(name)
    else if (!measured) missing.add(name)
    else if (target.resource === 'cpu' && isStartingUp(pod, measured, nowMs)) unready.add(name)
    else ready += 1
  }
  return { ready, unready, missing, ignored }
}

/** True while a pod may use more CPU than it will: its start counts for nothing. */
function isStartingUp(pod: Pod, measured: PodUsage, nowMs: number): boolean {
  const condition = podCondition(pod, 'Ready')
  const { startTime } = pod.status ?? {}
  if (!condition?.lastTransitionTime || !startTime) return true
  const changedMs = Date.parse(condition.lastTransitionTime)
  const isUnready = condition.status === 'False'
  if (Date.parse(startTime) + CPU_INITIALIZATION_MS > nowMs) {
    return isUnready || measured.atMs < changedMs + measured.windowMs
  }
  return isUnready && Date.parse(startTime) + READINESS_DELAY_MS > changedMs
}

function requestsOf(pods: readonly Pod[], { resource, container }: UsageTarget): Map<string, number> {
  return new Map(
    pods.map((pod) => {
      const whole = container === undefined ? pod.spec.resources?.requests : undefined
      if (!whole || Object.keys(whole).length === 0) {
        return [pod.metadata.name, containerRequests(pod, resource, container)]
      }
      const request = own(whole, resource)
      if (request !== undefined) return [pod.metadata.name, milliCores(request)]
      throw new UsageError(`missing pod-level request for ${resource} in Pod ${pod.metadata.name}`)
    }),
  )
}

function containerRequests(pod: Pod, resource: string, container: string | undefined): number {
  const sidecars = (pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always')
  const counted = [...pod.spec.containers, ...sidecars].filter(
    ({ name }) => container === undefined || container === name,
  )
  if (container !== undefined && counted.length === 0) {
    throw new UsageError(`container ${container} not found in Pod ${pod.metadata.name}`)
  }
  return counted.reduce((sum, each) => sum + requestOf(pod, each, resource), 0)
}

function requestOf(pod: Pod, { name, resources }: Container, resource: string): number {
  const request = own(resources?.requests, resource)
  if (request !== undefined) return milliCores(request)
  throw new UsageError(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`)
}
