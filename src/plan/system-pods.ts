// Owns the pods that EKS's own add-ons put onto Fargate: nobody writes them down, and they are billed.
import type { ClusterConfig } from '../config/cluster-config.ts'
import { type AddonName, addonFacts } from '../rules/eks/addons.ts'
import { selectsCoreDns } from '../rules/eksctl/coredns.ts'
import { matchProfile } from '../rules/fargate/match.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import { type FargateSize, sizeOf } from '../rules/fargate/size.ts'

/** The pods of one add-on that a profile takes. */
export interface SystemPods {
  readonly namespace: string
  readonly name: string
  readonly replicas: number
  readonly profile: string
  readonly reason: string
  readonly size: FargateSize
  readonly ephemeralGiB: number
}

// eksctl installs these unless addonsConfig.disableDefaultAddons is set.
const DEFAULTS: readonly AddonName[] = ['coredns', 'metrics-server']

/** The add-ons whose pods run on Fargate, with the size of each pod. CoreDNS is moved there when eksctl would. */
export function systemPodsOn(config: ClusterConfig, profiles: readonly FargateProfile[]): SystemPods[] {
  const asked = new Set((config.addons ?? []).map(({ name }) => name))
  const byDefault = config.addonsConfig?.disableDefaultAddons !== true
  const selectors = profiles.flatMap((profile) => profile.selectors)
  return DEFAULTS.flatMap((name) => {
    const { namespace, pods } = addonFacts[name]
    const isInstalled = byDefault || asked.has(name)
    if (!isInstalled || !pods || (name === 'coredns' && !selectsCoreDns(selectors))) return []
    const placement = matchProfile({ metadata: { namespace, labels: pods.labels }, spec: {} }, profiles)
    const sizing = sizeOf({ containers: [{ resources: { requests: pods.requests } }] })
    if (placement.compute !== 'fargate' || !sizing.fits) return []
    const { replicas } = pods
    const { size, ephemeralGiB } = sizing
    return [
      {
        namespace,
        name,
        replicas,
        profile: placement.profile.name,
        reason: placement.reason,
        size,
        ephemeralGiB,
      },
    ]
  })
}
