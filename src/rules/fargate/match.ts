// Owns which Fargate profile takes a pod, and why a pod that no profile takes is left to the default scheduler.
// Source: Amazon EKS User Guide, "Define which Pods use AWS Fargate when launched"; re:Post on pods that stay on EC2.
import { wildcardMatches } from '../../base/glob.ts'
import type { FargateProfile, FargateSelector } from './profile.ts'

/** The label that chooses a profile; admission writes the chosen one into the same label. */
export const PROFILE_LABEL = 'eks.amazonaws.com/fargate-profile'
/** The annotation that keeps a pod on EC2 (`ec2`), as CoreDNS has by default; also the key of the node's taint. */
export const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type'
export const FARGATE_SCHEDULER = 'fargate-scheduler'

/** What placement looks at; a Pod, or a pod template with the namespace and owner of its workload, has this shape. */
export interface PlacedPod {
  readonly metadata: {
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly kind: string; readonly controller?: boolean }[]
  }
  readonly spec?: {
    readonly schedulerName?: string
    readonly nodeName?: string
    readonly nodeSelector?: Readonly<Record<string, string>>
  }
}

/** Why a pod does not go to Fargate. */
type NoFargate =
  | 'compute-type-annotation'
  | 'daemon-set'
  | 'node-name'
  | 'scheduler-name'
  | 'node-selector'
  | 'profile-label-mismatch'
  | 'no-selector'

/** Where a pod goes; `reason` is one sentence for a person, in lower case and without a full stop. */
export type Placement<P extends FargateProfile = FargateProfile> =
  | {
      readonly compute: 'fargate'
      readonly profile: P
      readonly selector: FargateSelector
      readonly reason: string
    }
  | { readonly compute: 'ec2'; readonly why: NoFargate; readonly reason: string }

/** Labels with the same value on every Fargate node: a node selector that asks for these alone can be met there. */
const COMMON_NODE_LABELS: Readonly<Record<string, string>> = {
  [COMPUTE_TYPE]: 'fargate',
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/os': 'linux',
  'beta.kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/os': 'linux',
}

/**
 * Chooses the Fargate profile for a pod, as admission does when the pod is created.
 *
 * @param pod its namespace defaults to `default`
 * @param profiles ACTIVE profiles of the cluster in any order; of several that match, the first by name wins
 *   ("based on alphanumeric sorting by profile name"), unless the pod's label names one
 */
export function matchProfile<P extends FargateProfile>(pod: PlacedPod, profiles: readonly P[]): Placement<P> {
  const skipped = skipOf(pod)
  if (skipped) return skipped
  const chosen = pod.metadata.labels?.[PROFILE_LABEL]
  const named = profiles.find((profile) => profile.name === chosen)
  // A pod that still names a deleted profile is rescheduled by the other profiles, so an unknown name is no choice.
  for (const profile of named ? [named] : sortedByName(profiles)) {
    const selector = profile.selectors.find((candidate) => selectorMatches(candidate, pod))
    if (selector) return { compute: 'fargate', profile, selector, reason: describe(profile, selector) }
  }
  if (named) {
    const reason = `label ${PROFILE_LABEL} names profile ${named.name}, but none of its selectors matches`
    return { compute: 'ec2', why: 'profile-label-mismatch', reason }
  }
  return { compute: 'ec2', why: 'no-selector', reason: 'no Fargate profile matches' }
}

/** True when the pod's namespace and all the selector's labels match. */
export function selectorMatches(selector: FargateSelector, pod: PlacedPod): boolean {
  if (!wildcardMatches(selector.namespace, pod.metadata.namespace ?? 'default')) return false
  const labels = Object.entries(pod.metadata.labels ?? {})
  return Object.entries(selector.labels ?? {}).every(([key, value]) =>
    labels.some(([name, text]) => wildcardMatches(key, name) && wildcardMatches(value, text)),
  )
}

/** Profiles in the order in which Fargate tries them. */
export function sortedByName<P extends { readonly name: string }>(profiles: readonly P[]): P[] {
  return profiles.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function skipOf(pod: PlacedPod): (Placement<never> & { compute: 'ec2' }) | undefined {
  const { annotations, ownerReferences } = pod.metadata
  if (annotations?.[COMPUTE_TYPE] === 'ec2') {
    return { compute: 'ec2', why: 'compute-type-annotation', reason: `annotation ${COMPUTE_TYPE}: ec2` }
  }
  // Not documented by AWS; aws-node and kube-proxy keep running on EC2 nodes although a profile selects kube-system.
  if (ownerReferences?.some((owner) => owner.kind === 'DaemonSet' && owner.controller !== false)) {
    return { compute: 'ec2', why: 'daemon-set', reason: 'pods of a DaemonSet never run on Fargate' }
  }
  return skipBySpec(pod.spec ?? {})
}

/** re:Post: "node selector, node name or schedulerName set in the pod spec can cause the fargate-scheduler to skip". */
function skipBySpec(
  spec: NonNullable<PlacedPod['spec']>,
): (Placement<never> & { compute: 'ec2' }) | undefined {
  if (spec.nodeName) return { compute: 'ec2', why: 'node-name', reason: `spec.nodeName is ${spec.nodeName}` }
  const scheduler = spec.schedulerName
  if (scheduler && scheduler !== 'default-scheduler' && scheduler !== FARGATE_SCHEDULER) {
    return { compute: 'ec2', why: 'scheduler-name', reason: `spec.schedulerName is ${scheduler}` }
  }
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (COMMON_NODE_LABELS[key] === value) continue
    return { compute: 'ec2', why: 'node-selector', reason: `spec.nodeSelector asks for ${key}=${value}` }
  }
  return undefined
}

function describe(profile: FargateProfile, selector: FargateSelector): string {
  const labels = Object.entries(selector.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const tail = labels.length > 0 ? ` with ${labels.join(', ')}` : ''
  return `profile ${profile.name} selects namespace ${selector.namespace}${tail}`
}
