// Owns what an object of each resource uses of a quota, and which limits of a quota concern the resource.
// Source: kubernetes pkg/quota/v1/evaluator/core, apiserver pkg/quota/v1/generic/evaluator.go.
import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ScopedResourceSelectorRequirement,
  Service,
} from '../../../../generated/kubernetes.d.ts'
import { compareQuantities } from '../../../base/canonical-quantity.ts'
import { parseMilli, parseUnits } from '../../../base/quantity.ts'
import { isPodTerminal } from '../../scheduling/pod.ts'
import { podResourcesWithOverhead } from '../pod-resources.ts'
import { qualifiedResource } from '../resource-names.ts'
import { addLists, type ResourceList } from '../resource-list.ts'
import { claimInScope, isTerminating, podInScope } from './scopes.ts'

/** A write as quotas see it. */
export interface QuotaWrite {
  readonly operation: string
  readonly subresource: string
  readonly object: unknown
  readonly oldObject: unknown
}

/** How the objects of one resource are counted. */
export interface Evaluator<T> {
  /** True for limits that the resource's objects use up. */
  tracks(name: string): boolean
  /** True when the scope takes in the object. */
  matches(selector: ScopedResourceSelectorRequirement, object: T): boolean
  /** What the object uses, by the names of limits. */
  usage(object: T, nowMs: number): ResourceList
  /** True for writes that may use up more. */
  handles(write: QuotaWrite): boolean
  /** What an object must say and doesn't, where limits with these names count. */
  missing?(names: readonly string[], object: T): string | undefined
}

const aliases: Readonly<Record<string, string>> = {
  configmaps: 'configmaps',
  resourcequotas: 'resourcequotas',
  replicationcontrollers: 'replicationcontrollers',
  secrets: 'secrets',
}

// Virtual resources, and events, which quotas never counted (pkg/quota/v1/install/registry.go).
const ignored: ReadonlySet<string> = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
])

/** How a resource's objects are counted; undefined for what quotas pay no attention to. */
export function evaluatorOf(resource: { group: string; plural: string }): Evaluator<unknown> | undefined {
  const qualified = qualifiedResource(resource)
  if (ignored.has(qualified)) return undefined
  // Each is only asked about objects of its own resource.
  if (qualified === 'pods') return podEvaluator as Evaluator<unknown>
  if (qualified === 'services') return serviceEvaluator as Evaluator<unknown>
  if (qualified === 'persistentvolumeclaims') return claimEvaluator as Evaluator<unknown>
  const names = [`count/${qualified}`, ...(aliases[qualified] ? [aliases[qualified]] : [])]
  const usage = Object.fromEntries(names.map((name) => [name, '1']))
  return {
    tracks: (name) => names.includes(name),
    matches: () => false,
    usage: () => usage,
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
  }
}

const podNames: ReadonlySet<string> = new Set([
  'count/pods',
  'pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
])
const mustBeSaid = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

const podEvaluator: Evaluator<Pod> = {
  tracks: (name) =>
    podNames.has(name) ||
    name.startsWith('hugepages-') ||
    name.startsWith('requests.hugepages-') ||
    isExtendedRequest(name),
  matches: podInScope,
  usage(pod, nowMs) {
    // Every stored pod is counted; those at their end, or stuck on their way out, use nothing else.
    if (isPodTerminal(pod) || isOverdue(pod, nowMs)) return { 'count/pods': '1' }
    const requests = podResourcesWithOverhead(pod, 'requests')
    return { 'count/pods': '1', ...usageOf(requests, podResourcesWithOverhead(pod, 'limits')) }
  },
  handles({ operation, subresource, object, oldObject }) {
    if (subresource === 'resize') return operation === 'UPDATE'
    if (subresource !== '') return false
    // A pod that gets a deadline moves into another scope.
    if (operation === 'UPDATE') return isTerminating(object as Pod) !== isTerminating(oldObject as Pod)
    return operation === 'CREATE'
  },
  missing(names, { spec }) {
    if (Object.values(spec.resources ?? {}).some((list) => Object.keys(list ?? {}).length > 0))
      return undefined
    const required = mustBeSaid.filter((name) => names.includes(name)).toSorted()
    const containers = [...spec.containers, ...(spec.initContainers ?? [])]
    const texts = required.flatMap((name) => {
      const silent = containers.filter((container) => !says(container, name)).map((each) => each.name)
      return silent.length > 0 ? [`${name} for: ${[...new Set(silent)].toSorted().join(',')}`] : []
    })
    return texts.length > 0 ? `must specify ${texts.join('; ')}` : undefined
  },
}

function says({ resources = {} }: Container, name: string): boolean {
  return usageOf(resources.requests ?? {}, resources.limits ?? {})[name] !== undefined
}

function isExtendedRequest(name: string): boolean {
  if (!name.startsWith('requests.') || !name.includes('/')) return false
  return !name.includes('kubernetes.io/') || name.startsWith('requests.deviceclass.resource.kubernetes.io/')
}

function isOverdue({ metadata }: Pod, nowMs: number): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

function usageOf(requests: ResourceList, limits: ResourceList): ResourceList {
  const usage: Record<string, string> = { pods: '1' }
  for (const [name, amount] of Object.entries(requests)) {
    const isBase = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage'
    if (isBase || name.startsWith('hugepages-')) usage[name] = amount
    if (isBase || name.startsWith('hugepages-') || isExtendedRequest(`requests.${name}`)) {
      usage[`requests.${name}`] = amount
    }
  }
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const limit = limits[name]
    if (limit !== undefined) usage[`limits.${name}`] = limit
  }
  return usage
}

const serviceNames = ['count/services', 'services', 'services.loadbalancers', 'services.nodeports']

const serviceEvaluator: Evaluator<Service> = {
  tracks: (name) => serviceNames.includes(name),
  matches: () => false,
  usage({ spec }) {
    const ports = spec.ports ?? []
    const isBalanced = spec.type === 'LoadBalancer'
    // A balancer without node ports of its own uses those that are asked for by number.
    const given = ports.filter(({ nodePort }) => (nodePort ?? 0) !== 0)
    const counted = isBalanced && spec.allocateLoadBalancerNodePorts === false ? given : ports
    return {
      'count/services': '1',
      services: '1',
      'services.loadbalancers': isBalanced ? '1' : '0',
      'services.nodeports': isBalanced || spec.type === 'NodePort' ? String(counted.length) : '0',
    }
  },
  handles: ({ operation, subresource }) =>
    subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
}

const CLASS_SUFFIX = '.storageclass.storage.k8s.io/'
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

const claimEvaluator: Evaluator<PersistentVolumeClaim> = {
  tracks: (name) =>
    name === 'count/persistentvolumeclaims' ||
    ['persistentvolumeclaims', 'requests.storage'].some(
      (plain) => name === plain || name.endsWith(CLASS_SUFFIX + plain),
    ),
  matches: claimInScope,
  usage(claim) {
    const own: ResourceList = { persistentvolumeclaims: '1', ...storageOf(claim) }
    const className = claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec.storageClassName
    const ofClass = Object.entries(own).map(([name, amount]) => [
      `${className}${CLASS_SUFFIX}${name}`,
      amount,
    ])
    return {
      'count/persistentvolumeclaims': '1',
      ...own,
      ...(className ? (Object.fromEntries(ofClass) as ResourceList) : {}),
    }
  },
  handles: ({ operation, subresource }) =>
    (subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) ||
    (subresource === 'status' && operation === 'UPDATE'),
}

// What is being made counts while it is more than what is asked for.
function storageOf({ spec, status }: PersistentVolumeClaim): ResourceList {
  const requested = spec.resources?.requests?.['storage']
  if (requested === undefined) return {}
  const allocated = status?.allocatedResources?.['storage'] ?? '0'
  const larger = compareQuantities(allocated, requested) > 0 ? allocated : requested
  // Whole bytes: a quota takes no fractions of them.
  const isWhole = parseMilli(larger) % 1000n === 0n
  return { 'requests.storage': isWhole ? larger : String(parseUnits(larger)) }
}

/** What all these objects of one resource use together, within the scopes. */
export function totalUsage<T>(
  evaluator: Evaluator<T>,
  objects: readonly T[],
  about: { readonly scopes: readonly ScopedResourceSelectorRequirement[]; readonly nowMs: number },
): ResourceList {
  return objects
    .filter((object) => about.scopes.every((scope) => evaluator.matches(scope, object)))
    .reduce<ResourceList>((sum, object) => addLists(sum, evaluator.usage(object, about.nowMs)), {})
}
