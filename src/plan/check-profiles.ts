// Owns the problems of Fargate profiles: what EKS refuses, and selectors that do not select what they seem to.
import { editDistance } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { selectorMatches } from '../rules/fargate/match.ts'
import { wildcardMatches } from '../base/glob.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import {
  draftFault,
  MAX_PROFILES,
  profileNameFault,
  publicSubnetMessage,
} from '../rules/fargate/validate-profile.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import type { PlacedWorkload } from './placement.ts'

/** Reports profiles that CreateFargateProfile would refuse. */
export function checkProfiles({ located, profiles }: PlanFacts): Problem[] {
  const problems: Problem[] = []
  const publicIds = new Set(
    Object.values(located.config.vpc?.subnets?.public ?? {}).map((subnet) => subnet.id),
  )
  const publicZones = new Set(Object.keys(located.config.vpc?.subnets?.public ?? {}))
  const privateKeys = new Set(Object.keys(located.config.vpc?.subnets?.private ?? {}))
  // A profile without subnets gets the cluster's private ones: here there are none.
  const publicOnly = privateKeys.size === 0 ? [...publicIds][0] : undefined
  profiles.forEach((profile, index) => {
    const fault = draftFault(profile) ?? profileNameFault(profile.name)
    if (fault !== undefined) {
      const path = ['fargateProfiles', index, 'name']
      problems.push(
        problem('profile-invalid', `Fargate profile ${profile.name}: ${fault}`, located.locate(path)),
      )
    }
    if (publicOnly !== undefined && profile.subnets.length === 0) {
      const path = ['fargateProfiles', index, 'name']
      problems.push(problem('profile-public-subnet', publicSubnetMessage(publicOnly), located.locate(path)))
    }
    profile.subnets.forEach((subnet, at) => {
      // eksctl takes a subnet's id, or the name under which vpc.subnets lists it.
      const isPublic = publicIds.has(subnet) || (publicZones.has(subnet) && !privateKeys.has(subnet))
      if (!isPublic) return
      const path = ['fargateProfiles', index, 'subnets', at]
      problems.push(problem('profile-public-subnet', publicSubnetMessage(subnet), located.locate(path)))
    })
  })
  if (profiles.length > MAX_PROFILES) {
    const message = `${profiles.length} Fargate profiles: a cluster can have ${MAX_PROFILES}`
    problems.push(problem('profile-invalid', message, located.locateKey(['fargateProfiles'])))
  }
  return problems
}

/** Reports selectors that match no workload. Those of kube-system are left alone: add-ons bring pods there. */
export function checkSelectors({ located, profiles, placed }: PlanFacts): Problem[] {
  return profiles.flatMap((profile, index) =>
    profile.selectors.flatMap((selector, at) => {
      if (!selector.namespace || wildcardMatches(selector.namespace, 'kube-system')) return []
      if (placed.some(({ workload }) => selectorMatches(selector, workload.pod))) return []
      const inNamespace = placed.some(({ workload }) =>
        wildcardMatches(selector.namespace, workload.namespace),
      )
      const why = inNamespace ? 'no workload there has all its labels' : 'no workload is in such a namespace'
      const message = `Fargate profile ${profile.name}: selector ${selector.namespace} matches nothing, ${why}`
      const path = ['fargateProfiles', index, 'selectors', at]
      return [problem('selector-matches-nothing', message, located.locate(path))]
    }),
  )
}

/** Reports workloads left on EC2 whose namespace is a slip away from the one that a profile selects. */
export function checkSimilarNamespaces({ profiles, placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    const { placement, workload } = each
    if (placement.compute !== 'ec2' || placement.why !== 'no-selector') return []
    const like = profiles.flatMap((profile) => similarName(profile, workload.namespace, placed) ?? [])[0]
    if (like === undefined) return []
    const message = `${nameOf(each)} stays on EC2: no profile selects namespace ${workload.namespace}, but ${like}`
    return [problem('namespace-like-selector', message, workload.manifest.locate(['metadata', 'namespace']))]
  })
}

/** Reports pods whose label names a profile that does not select them. */
export function checkProfileLabels({ placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    const { placement, workload } = each
    if (placement.compute !== 'ec2' || placement.why !== 'profile-label-mismatch') return []
    const path = [...workload.specPath.slice(0, -1), 'metadata', 'labels']
    return [
      problem(
        'profile-label-mismatch',
        `${nameOf(each)}: ${placement.reason}`,
        workload.manifest.locate(path),
      ),
    ]
  })
}

function similarName(
  profile: FargateProfile,
  namespace: string,
  placed: readonly PlacedWorkload[],
): string | undefined {
  for (const selector of profile.selectors) {
    const used = placed.some(({ workload }) => wildcardMatches(selector.namespace, workload.namespace))
    if (isSlip(namespace, selector.namespace, used))
      return `profile ${profile.name} selects ${selector.namespace}`
  }
  const selected = profile.selectors.map((selector) => selector.namespace).join(', ')
  return profile.name === namespace
    ? `profile ${profile.name} has that name and selects ${selected}`
    : undefined
}

/**
 * A slip is one or two edits in a name long enough for it. Where the selector has found workloads already, names that
 * differ in one letter (`team-a`, `team-b`) are taken to be meant.
 */
function isSlip(namespace: string, selected: string, used: boolean): boolean {
  if (namespace === selected || /[*?]/.test(selected)) return false
  if (namespace.toLowerCase() === selected.toLowerCase()) return true
  if (used && namespace.length === selected.length) return false
  const distance = editDistance(namespace, selected)
  return distance <= 2 && distance * 4 <= Math.max(namespace.length, selected.length)
}
