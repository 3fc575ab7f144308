// Owns the horizontal pod autoscaler: keeps the scale of its target where metrics want it.
// Source: kubernetes pkg/controller/podautoscaler/horizontal.go.
import type {
  AutoscalingHorizontalPodAutoscaler,
  AutoscalingHorizontalPodAutoscalerCondition,
  AutoscalingMetricStatus,
  Pod,
  Scale,
} from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { ObjectKey, Resource } from '../../kubernetes/client/client.ts'
import { horizontalPodAutoscalers, pods as podResource } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import { isSameStatus } from '../objects/state.ts'
import { changed, emptyHistory, limited, recommend, type History } from './limits.ts'
import { propose } from './proposal.ts'
import { withCondition } from '../../rules/kubernetes/conditions.ts'

const FROM = 'horizontal-pod-autoscaler'
// --horizontal-pod-autoscaler-sync-period
const PERIOD_MS = 15_000
const CONFLICTS = 5

type Autoscaler = AutoscalingHorizontalPodAutoscaler
type Condition = AutoscalingHorizontalPodAutoscalerCondition

interface Parts {
  readonly context: ControllerContext
  readonly autoscalers: Informer<Autoscaler>
  /** Everything the cluster serves, custom resources included. */
  readonly resources: () => readonly Resource[]
  /** By key. */
  readonly histories: Map<string, History>
  /** By key, the pods that each has selected, by uid. */
  readonly claims: Map<string, ReadonlySet<string>>
}

/** One look at an autoscaler, and the status that it leads to. */
interface Pass {
  readonly key: string
  readonly autoscaler: Autoscaler
  readonly nowMs: number
  conditions: readonly Condition[]
}

/** The control loop of horizontal pod autoscalers. */
export function createPodAutoscalerController(
  context: ControllerContext,
  { resources }: { readonly resources: () => readonly Resource[] },
): Controller {
  const parts: Parts = {
    context,
    resources,
    autoscalers: context.informer(horizontalPodAutoscalers),
    histories: new Map(),
    claims: new Map(),
  }
  return {
    name: 'horizontal-pod-autoscaler',
    sources: [
      {
        subscribe: (enqueue) => {
          for (const autoscaler of parts.autoscalers.list()) enqueue(keyOf(autoscaler))
          // It looks again by itself: its own status is no reason to.
          return parts.autoscalers.onChange(({ before, after }) => {
            if (after && !deepEqual(before?.spec, after.spec)) enqueue(keyOf(after))
            if (before && !after) forget(parts, keyOf(before))
          })
        },
      },
    ],
    async reconcile(key): Promise<ReconcileResult | void> {
      const autoscaler = parts.autoscalers.get(key)
      if (!autoscaler || autoscaler.metadata.deletionTimestamp) return
      await autoscale(parts, key, autoscaler)
      return { requeueAfterMs: PERIOD_MS }
    },
  }
}

function forget({ histories, claims }: Parts, key: string): void {
  histories.delete(key)
  claims.delete(key)
}

async function autoscale(parts: Parts, key: string, autoscaler: Autoscaler): Promise<void> {
  const nowMs = parts.context.clock.now()
  const pass: Pass = { key, autoscaler, nowMs, conditions: autoscaler.status?.conditions ?? [] }
  const target = await readTarget(parts, pass)
  if (!target) return writeStatus(parts, pass, autoscaler.status ?? { desiredReplicas: 0 })
  const current = target.scale.spec.replicas ?? 0
  note(parts, pass, 'AbleToScale', {
    status: 'True',
    reason: 'SucceededGetScale',
    message: "the HPA controller was able to get the target's current scale",
  })
  if (!parts.histories.has(key)) parts.histories.set(key, recommend(emptyHistory, current, nowMs))
  const decision = await decide(parts, pass, target.scale)
  const { desiredReplicas: before } = autoscaler.status ?? { desiredReplicas: 0 }
  const { desired, statuses, reason } = decision
  const status = { currentReplicas: current, ...(statuses ? { currentMetrics: [...statuses] } : {}) }
  const { lastScaleTime } = autoscaler.status ?? {}
  const last = lastScaleTime === undefined ? {} : { lastScaleTime }
  if (desired === undefined || reason === undefined) {
    const desiredReplicas = desired === undefined ? before : current
    return writeStatus(parts, pass, { ...status, ...last, desiredReplicas })
  }
  const done = await rescale(parts, pass, { target, desired, reason })
  const scaled = done
    ? { desiredReplicas: desired, lastScaleTime: timestamp(parts.context.clock) }
    : { ...last, desiredReplicas: before }
  await writeStatus(parts, pass, { ...status, ...scaled })
}

interface Target {
  readonly resource: Resource
  readonly key: ObjectKey
  readonly scale: Scale
}

async function readTarget(parts: Parts, pass: Pass): Promise<Target | undefined> {
  const { context, resources } = parts
  const { metadata, spec } = pass.autoscaler
  const { apiVersion = '', kind, name } = spec.scaleTargetRef
  const { group } = parseGroupVersion(apiVersion)
  const mapped = resources().filter((resource) => resource.group === group && resource.kind === kind)
  const key = { namespace: metadata.namespace ?? '', name }
  let failure =
    mapped.length > 0
      ? undefined
      : `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`
  for (const resource of mapped) {
    try {
      return { resource, key, scale: await context.client.getScale(resource, key) }
    } catch (error) {
      failure ??= messageOf(error)
    }
  }
  tell(parts, pass, ['Warning', 'FailedGetScale', failure ?? ''])
  const message = `the HPA controller was unable to get the target's current scale: ${failure}`
  note(parts, pass, 'AbleToScale', { status: 'False', reason: 'FailedGetScale', message })
  return undefined
}

interface Decision {
  /** Undefined when metrics tell nothing. */
  readonly desired?: number
  /** Why the number is to change; undefined when it is not. */
  readonly reason?: string
  readonly statuses?: readonly AutoscalingMetricStatus[]
}

async function decide(parts: Parts, pass: Pass, scale: Scale): Promise<Decision> {
  const { minReplicas = 1, maxReplicas, behavior } = pass.autoscaler.spec
  const current = scale.spec.replicas ?? 0
  if (current === 0 && minReplicas !== 0) {
    note(parts, pass, 'ScalingActive', {
      status: 'False',
      reason: 'ScalingDisabled',
      message: 'scaling is disabled since the replica count of the target is zero',
    })
    return { desired: 0 }
  }
  if (current > maxReplicas) {
    return { desired: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' }
  }
  if (current < minReplicas) {
    return { desired: minReplicas, reason: 'Current number of replicas below Spec.MinReplicas' }
  }
  const asked = await askMetrics(parts, pass, scale)
  const { statuses } = asked
  const kept = statuses ? { statuses } : {}
  if (asked.replicas === undefined) {
    tell(parts, pass, ['Warning', 'FailedComputeMetricsReplicas', asked.error ?? ''])
    return kept
  }
  const history = parts.histories.get(pass.key) ?? emptyHistory
  const wish = {
    current,
    desired: asked.replicas,
    minimum: minReplicas,
    maximum: maxReplicas,
    behavior,
    history,
    nowMs: pass.nowMs,
  }
  const { replicas, stable, limit, isLimited } = limited(wish)
  parts.histories.set(pass.key, recommend(history, asked.replicas, pass.nowMs))
  note(parts, pass, 'AbleToScale', { status: 'True', ...stable })
  note(parts, pass, 'ScalingLimited', { status: isLimited ? 'True' : 'False', ...limit })
  if (replicas === current) return { desired: current, ...kept }
  const reason = asked.replicas > current ? `${asked.name} above target` : 'All metrics below target'
  return { desired: replicas, reason, ...kept }
}

interface Asked {
  readonly replicas?: number
  readonly name?: string
  readonly error?: string
  readonly statuses?: readonly AutoscalingMetricStatus[]
}

/** Asks every metric; the highest proposal wins. Some may fail, unless that could take pods away. */
async function askMetrics(parts: Parts, pass: Pass, scale: Scale): Promise<Asked> {
  const { context } = parts
  const { spec, metadata } = pass.autoscaler
  const selector = scale.status?.selector ?? ''
  const pods = await selectPods(parts, pass, selector)
  if ('error' in pods) return pods
  const current = scale.spec.replicas ?? 0
  const metrics = spec.metrics ?? []
  const statuses: AutoscalingMetricStatus[] = []
  let best: { replicas: number; name: string } | undefined
  const failures: { reason: string; message: string; error: string }[] = []
  for (const metric of metrics) {
    const proposal = await propose(metric, {
      client: context.client,
      namespace: metadata.namespace ?? '',
      selector,
      pods: pods.selected,
      current,
      behavior: spec.behavior,
      nowMs: pass.nowMs,
    })
    if ('error' in proposal) {
      tell(parts, pass, ['Warning', proposal.reason, proposal.message])
      failures.push(proposal)
      statuses.push({ type: '' })
      continue
    }
    statuses.push(proposal.status)
    if (!best || proposal.replicas > best.replicas) best = proposal
  }
  const [first] = failures
  const error =
    first &&
    `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.error}`
  if (!best || (first && best.replicas < current)) {
    const { reason = '', message = '' } = first ?? {}
    const whole = `the HPA was unable to compute the replica count: ${message}`
    note(parts, pass, 'ScalingActive', { status: 'False', reason, message: whole })
    return { error: error ?? '', statuses }
  }
  note(parts, pass, 'ScalingActive', {
    status: 'True',
    reason: 'ValidMetricFound',
    message: `the HPA was able to successfully calculate a replica count from ${best.name}`,
  })
  return { replicas: best.replicas, name: best.name, statuses }
}

/** The pods of the target, unless it has no selector or another autoscaler claims one of them too. */
async function selectPods(
  parts: Parts,
  pass: Pass,
  selector: string,
): Promise<{ readonly selected: readonly Pod[] } | { readonly error: string }> {
  const refuse = (
    event: string,
    condition: string,
    { error, message }: { error: string; message: string },
  ) => {
    tell(parts, pass, ['Warning', event, error])
    note(parts, pass, 'ScalingActive', { status: 'False', reason: condition, message })
    return { error }
  }
  if (selector === '') {
    const message = "the HPA target's scale is missing a selector"
    return refuse('SelectorRequired', 'InvalidSelector', { error: 'selector is required', message })
  }
  const { namespace = '' } = pass.autoscaler.metadata
  const { items: selected } = await parts.context.client.list(podResource, {
    namespace,
    labelSelector: selector,
  })
  parts.claims.set(pass.key, new Set(selected.map(({ metadata }) => metadata.uid)))
  const claims = [...parts.claims].filter(([, uids]) =>
    selected.some(({ metadata }) => uids.has(metadata.uid)),
  )
  if (claims.length < 2) return { selected }
  const names = claims.map(([key]) => `{${key.slice(namespace.length + 1)} ${namespace}}`).toSorted()
  const error = `pods by selector ${selector} are controlled by multiple HPAs: [${names.join(' ')}]`
  return refuse('AmbiguousSelector', 'AmbiguousSelector', { error, message: error })
}

async function rescale(
  parts: Parts,
  pass: Pass,
  { target, desired, reason }: { target: Target; desired: number; reason: string },
): Promise<boolean> {
  const size = `New size: ${desired}; reason: ${reason}`
  try {
    await writeScale(parts, target, desired)
  } catch (error) {
    tell(parts, pass, ['Warning', 'FailedRescale', `${size}; error: ${messageOf(error)}`])
    const message = `the HPA controller was unable to update the target scale: ${messageOf(error)}`
    note(parts, pass, 'AbleToScale', { status: 'False', reason: 'FailedUpdateScale', message })
    return false
  }
  const message = `the HPA controller was able to update the target scale to ${desired}`
  note(parts, pass, 'AbleToScale', { status: 'True', reason: 'SucceededRescale', message })
  tell(parts, pass, ['Normal', 'SuccessfulRescale', size])
  const history = parts.histories.get(pass.key) ?? emptyHistory
  const from = target.scale.spec.replicas ?? 0
  if (pass.autoscaler.spec.behavior) {
    parts.histories.set(pass.key, changed(history, from, { to: desired, atMs: pass.nowMs }))
  }
  return true
}

async function writeScale(
  { context }: Parts,
  { resource, key, scale }: Target,
  replicas: number,
): Promise<void> {
  let latest = scale
  for (let attempt = 1; ; attempt += 1) {
    try {
      await context.client.updateScale(resource, key, { ...latest, spec: { ...latest.spec, replicas } })
      return
    } catch (error) {
      if (!isConflict(error) || attempt === CONFLICTS) throw error
      latest = await context.client.getScale(resource, key)
    }
  }
}

/** Sets a condition; its time moves with its status alone. */
function note(
  { context }: Parts,
  pass: Pass,
  type: string,
  next: Omit<Condition, 'type' | 'lastTransitionTime'>,
): void {
  pass.conditions = withCondition(pass.conditions, { type, ...next }, timestamp(context.clock))
}

function tell(
  { context }: Parts,
  { autoscaler }: Pass,
  [type, reason, message]: readonly ['Normal' | 'Warning', string, string],
): void {
  context.event(autoscaler, { type, reason, message, from: FROM })
}

async function writeStatus(
  { context }: Parts,
  { autoscaler, conditions }: Pass,
  counts: Omit<NonNullable<Autoscaler['status']>, 'conditions'>,
): Promise<void> {
  const status = { ...counts, conditions: [...conditions] }
  if (isSameStatus(status, autoscaler.status)) return
  try {
    await context.client.updateStatus(horizontalPodAutoscalers, { ...autoscaler, status })
  } catch (error) {
    // Gone, or written by somebody else: the next look is soon.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
