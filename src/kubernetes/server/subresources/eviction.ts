// Owns pods/eviction: a delete that disruption budgets may refuse.
// Source: kubernetes pkg/registry/core/pod/storage/eviction.go.
import type { Eviction, Pod, PodDisruptionBudget } from '../../../../generated/kubernetes.d.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import { isConflict, StatusError } from '../../../base/errors.ts'
import { isObject } from '../../../base/json.ts'
import type { DeleteOptions, KubernetesObject, ObjectKey } from '../../client/client.ts'
import {
  afterDisruption,
  budgetRefusal,
  coversPod,
  letsUnhealthyGo,
} from '../../../rules/kubernetes/disruption.ts'
import { isPodReady, isPodTerminal } from '../../../rules/scheduling/pod.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import { podDisruptionBudgetKind } from '../../resources/pod-disruption-budget.ts'
import { podKind } from '../../resources/pod.ts'
import { decodeAs } from '../body.ts'
import { readDeleteOptions } from '../request-options.ts'
import { transitionTime } from '../../../rules/kubernetes/conditions.ts'

const ATTEMPTS = 20
const RETRY_SECONDS = 10
// More pods than this wait for their deletion: the controller is not keeping up.
const MAXIMUM_DISRUPTED = 2000

interface Evictor {
  readonly registry: Registry
  readonly clock: Clock
}

interface Call {
  readonly key: ObjectKey
  readonly context: WriteContext
  readonly options: DeleteOptions
}

/** Evicts a pod. @returns the Status that answers it. */
export async function evictPod(
  evictor: Evictor,
  { key, body, context }: { readonly key: ObjectKey; readonly body: unknown; readonly context: WriteContext },
): Promise<object> {
  const { metadata, deleteOptions = {} } = decodeAs<Eviction>('policy/v1.Eviction', asV1(body))
  if (metadata?.name !== key.name) {
    throw new StatusError('BadRequest', 'name in URL does not match name in Eviction object')
  }
  const { options, dryRun } = readDeleteOptions(deleteOptions)
  const call = { key, options, context: { ...context, dryRun: context.dryRun || dryRun } }
  if (!(await evictAtOnce(evictor, call))) await evictByBudget(evictor, call)
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}

// The group has that version no more; the body of an eviction still may be of it (EvictionREST.AcceptsGroupVersion), and
// eksctl's are.
function asV1(body: unknown): unknown {
  const isBeta = isObject(body) && body['apiVersion'] === 'policy/v1beta1'
  return isBeta ? { ...body, apiVersion: 'policy/v1' } : body
}

function podOf({ registry }: Evictor, key: ObjectKey): Pod {
  // The kind says what it holds.
  return registry.get(podKind, key) as KubernetesObject as Pod
}

/** Evicts a pod that disrupts nothing when it goes: it does not run yet, or no longer. @returns false for others. */
async function evictAtOnce(evictor: Evictor, call: Call): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const pod = podOf(evictor, call.key)
    const { deletionTimestamp } = pod.metadata
    const isOver = isPodTerminal(pod) || deletionTimestamp !== undefined
    if (!isOver && pod.status?.phase !== 'Pending') return false
    try {
      // One that does not run yet must not have become ready meanwhile.
      await deletePod(evictor, call, isOver ? undefined : pod)
      return true
    } catch (error) {
      const mayRetry = isConflict(error) && call.options.preconditions?.resourceVersion === undefined
      if (!mayRetry || attempt === ATTEMPTS) throw error
    }
  }
}

async function evictByBudget(evictor: Evictor, call: Call): Promise<void> {
  const pod = podOf(evictor, call.key)
  const budget = budgetOf(evictor, pod)
  if (!budget) return deletePod(evictor, call, undefined)
  if (isPodReady(pod) || !letsUnhealthyGo(budget)) {
    await spend(evictor, call, budget)
    return deletePod(evictor, call, undefined)
  }
  try {
    await deletePod(evictor, call, pod)
  } catch (error) {
    // It changed meanwhile, and may be healthy now.
    if (!isConflict(error) || call.options.preconditions?.resourceVersion !== undefined) throw error
    const { name } = budget.metadata
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS)
  }
}

function budgetOf({ registry }: Evictor, pod: Pod): PodDisruptionBudget | undefined {
  const { namespace } = pod.metadata
  const { items } = registry.list(podDisruptionBudgetKind, namespace === undefined ? {} : { namespace })
  const budgets = (items as readonly KubernetesObject[] as readonly PodDisruptionBudget[]).filter((budget) =>
    coversPod(budget, pod),
  )
  if (budgets.length > 1) {
    const message =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    throw new StatusError('InternalError', message, {}, { reason: '' })
  }
  return budgets[0]
}

/** Takes one disruption off the budget, so that nobody else can. */
async function spend(
  { registry, clock }: Evictor,
  { key, context }: Call,
  budget: PodDisruptionBudget,
): Promise<void> {
  // The budget is written as any other object; only the pod has been admitted.
  const { admitted: _admitted, ...writer } = context
  await registry.update(podDisruptionBudgetKind, budget.metadata, {
    ...writer,
    subresource: 'status',
    change: (current) => {
      // The kind says what it holds.
      const live = current as KubernetesObject as PodDisruptionBudget
      check(live)
      return { ...live, status: afterDisruption(live, key.name, timestamp(clock)) }
    },
  })
}

function check(budget: PodDisruptionBudget): void {
  const { name, generation = 0 } = budget.metadata
  const { disruptedPods = {}, observedGeneration = 0 } = budget.status ?? {}
  const message = budgetRefusal(budget)
  if (message !== undefined)
    throw refusal(message, observedGeneration < generation ? RETRY_SECONDS : undefined)
  if (Object.keys(disruptedPods).length > MAXIMUM_DISRUPTED) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    const details = { name, group: 'policy', kind: 'poddisruptionbudget' }
    throw new StatusError('Forbidden', `poddisruptionbudget.policy "${name}" is forbidden: ${why}`, details)
  }
}

function refusal(message: string, retryAfterSeconds: number | undefined): StatusError {
  return new StatusError(
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  )
}

/** Says on the pod why it goes, and deletes it. @param unchanged set when it must still be this version */
async function deletePod(evictor: Evictor, call: Call, unchanged: Pod | undefined): Promise<void> {
  const { registry } = evictor
  const { key, context, options } = call
  const asked = options.preconditions?.resourceVersion ?? unchanged?.metadata.resourceVersion
  let { preconditions } = options
  if (!context.dryRun) {
    const marked = await registry.update(podKind, key, {
      ...context,
      subresource: 'status',
      change: (current) =>
        withDisruptionTarget(evictor, current as KubernetesObject as Pod, { asked, preconditions }),
    })
    const { resourceVersion } = marked.metadata
    if (asked !== undefined) preconditions = { ...preconditions, resourceVersion }
  } else if (asked !== undefined) preconditions = { ...preconditions, resourceVersion: asked }
  await registry.delete(podKind, key, {
    ...context,
    options: { ...options, ...(preconditions ? { preconditions } : {}) },
  })
}

function withDisruptionTarget(
  { clock }: Evictor,
  pod: Pod,
  { asked, preconditions }: { asked: string | undefined; preconditions: DeleteOptions['preconditions'] },
): Pod {
  const { uid, resourceVersion, name } = pod.metadata
  const refuse = (why: string): never => {
    throw new StatusError('Conflict', `Operation cannot be fulfilled on Pod "${name}": ${why}`, {
      name,
      kind: 'Pod',
    })
  }
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    refuse(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    )
  }
  if (asked !== undefined && asked !== resourceVersion) {
    refuse(
      `the ResourceVersion in the precondition (${asked}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    )
  }
  const conditions = pod.status?.conditions ?? []
  const before = conditions.find(({ type }) => type === 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastTransitionTime: transitionTime(before, 'True', timestamp(clock)),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  const others = conditions.filter((each) => each !== before)
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } }
}
