// Owns admission by Pod Security: pods that their namespace's level forbids are refused, workloads warned of.
// Source: pod-security-admission admission/admission.go.
import type { Container, Namespace, Pod, PodTemplateSpec } from '../../../../generated/kubernetes.d.ts'
import {
  compareLevels,
  printLevel,
  printViolations,
  sameLevel,
  securityPolicyOf,
  violationsOf,
  type LevelVersion,
  type SecurityPolicy,
} from '../../../rules/kubernetes/pod-security/policy.ts'
import type { PodLike } from '../../../rules/kubernetes/pod-security/check.ts'
import { admittedObject, replacedObject, type AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { invalid, invalidStatus } from '../../resources/field-error.ts'
import { namespaceKind } from '../../resources/namespace.ts'
import { podKind } from '../../resources/pod.ts'
import type { ValidatingPlugin } from '../ports.ts'
import { forbiddenBy } from './refusal.ts'

/** Resources with a template of pods, by group. */
const workloads: Readonly<Record<string, readonly string[]>> = {
  '': ['replicationcontrollers', 'podtemplates'],
  apps: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'],
  batch: ['jobs', 'cronjobs'],
}
// Parts of a pod that run nothing new.
const harmless = ['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']
const MAXIMUM_PODS_CHECKED = 3000

/** The PodSecurity plugin. @param clusterMinor the minor version that `latest` means at the moment */
export function podSecurity(storage: Storage, clusterMinor: () => number): ValidatingPlugin {
  const parts: Parts = {
    storage,
    get clusterMinor() {
      return clusterMinor()
    },
  }
  return {
    name: 'PodSecurity',
    validate(request) {
      const { operation, group, resource, subresource } = request
      if (operation !== 'CREATE' && operation !== 'UPDATE') return
      if (group === '' && resource === 'namespaces') return checkNamespace(parts, request)
      if (group === '' && resource === 'pods') return checkPod(parts, request)
      if (subresource === '' && workloads[group]?.includes(resource)) checkWorkload(parts, request)
    },
  }
}

interface Parts {
  readonly storage: Storage
  readonly clusterMinor: number
}

function checkNamespace(parts: Parts, request: AdmissionRequest): void {
  const namespace = admittedObject(request, namespaceKind)
  if (!namespace || request.subresource !== '') return
  const policy = securityPolicyOf(namespace.metadata.labels)
  const old = replacedObject(request, namespaceKind)
  const before = old && securityPolicyOf(old.metadata.labels)
  // Labels that were wrong before the rules came stay as they are.
  const isKnown = before && JSON.stringify(before.errors) === JSON.stringify(policy.errors)
  if (policy.errors.length > 0 && !isKnown) {
    const errors = policy.errors.map(({ label, value, detail }) =>
      invalid(`metadata.labels[${label}]`, value, detail),
    )
    throw invalidStatus(namespaceKind.resource, namespace.metadata.name, errors)
  }
  if (before && isTighter(policy.enforce, before.enforce)) {
    for (const text of warningsFor(parts, namespace, policy.enforce)) request.warn(text)
  }
}

function isTighter(next: LevelVersion, before: LevelVersion): boolean {
  if (sameLevel(next, before) || next.level === 'privileged') return false
  return next.version !== before.version || compareLevels(next.level, before.level) > 0
}

/** What is told of pods that run already, the same findings counted together. */
function warningsFor(
  { storage, clusterMinor }: Parts,
  { metadata }: Namespace,
  level: LevelVersion,
): string[] {
  const pods = storage.list(podKind, { namespace: metadata.name }).items
  const names = new Map<string, string[]>()
  for (const pod of pods.slice(0, MAXIMUM_PODS_CHECKED)) {
    const violations = violationsOf(pod, level, clusterMinor)
    if (violations.length === 0) continue
    const text = violations.map(({ reason }) => reason).join(', ')
    names.set(text, [...(names.get(text) ?? []), pod.metadata.name])
  }
  const head = `existing pods in namespace ${JSON.stringify(metadata.name)} violate the new PodSecurity enforce level "${printLevel(level)}"`
  const partial = `new PodSecurity enforce level only checked against the first ${MAXIMUM_PODS_CHECKED} of ${pods.length} existing pods`
  const lines = Array.from(names, ([text, list]) => `${countPods(list)}: ${text}`).toSorted()
  return [
    ...(pods.length > MAXIMUM_PODS_CHECKED ? [partial] : []),
    ...(lines.length > 0 ? [head, ...lines] : []),
  ]
}

function countPods(names: readonly string[]): string {
  const [first = '', ...others] = names.toSorted()
  if (others.length === 0) return first
  return `${first} (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`
}

function checkPod(parts: Parts, request: AdmissionRequest): void {
  const pod = admittedObject(request, podKind)
  if (!pod || harmless.includes(request.subresource)) return
  const old = replacedObject(request, podKind)
  if (old && !runsSomethingNew(pod, old)) return
  const policy = policyFor(parts, request)
  if (!policy) return
  const violations = violationsOf(pod, policy.enforce, parts.clusterMinor)
  if (violations.length > 0) {
    const level = printLevel(policy.enforce)
    throw forbiddenBy(request, `violates PodSecurity "${level}": ${printViolations(violations)}`)
  }
  warn(parts, request, { pod, policy })
}

function checkWorkload(parts: Parts, request: AdmissionRequest): void {
  const policy = policyFor(parts, request)
  const { metadata, spec } = templateOf(request) ?? {}
  if (policy && spec) warn(parts, request, { pod: { metadata, spec }, policy })
}

function policyFor({ storage }: Parts, { namespace }: AdmissionRequest): SecurityPolicy | undefined {
  const labels = storage.get(namespaceKind, { name: namespace })?.metadata.labels
  return labels && securityPolicyOf(labels)
}

function warn(
  { clusterMinor }: Parts,
  request: AdmissionRequest,
  { pod, policy }: { readonly pod: PodLike; readonly policy: SecurityPolicy },
): void {
  const violations = violationsOf(pod, policy.warn, clusterMinor)
  if (violations.length === 0) return
  request.warn(`would violate PodSecurity "${printLevel(policy.warn)}": ${printViolations(violations)}`)
}

/** Where the kinds above keep their template. */
interface Workload {
  readonly template?: PodTemplateSpec
  readonly spec?: {
    readonly template?: PodTemplateSpec
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } }
  }
}

function templateOf({ object }: AdmissionRequest): PodTemplateSpec | undefined {
  // Only workloads come here.
  const workload = object as Workload
  return workload.template ?? workload.spec?.jobTemplate?.spec?.template ?? workload.spec?.template
}

function runsSomethingNew(pod: Pod, old: Pod): boolean {
  const lists = (['initContainers', 'containers'] as const).map(
    (field) => [pod.spec[field] ?? [], old.spec[field] ?? []] as const,
  )
  const isChanged = (now: Container, before: Container | undefined): boolean => now.image !== before?.image
  if (lists.some(([now, before]) => now.length !== before.length)) return true
  if (lists.some(([now, before]) => now.some((each, index) => isChanged(each, before[index])))) return true
  return (pod.spec.ephemeralContainers ?? []).some(
    ({ name, image }) => old.spec.ephemeralContainers?.find((each) => each.name === name)?.image !== image,
  )
}
