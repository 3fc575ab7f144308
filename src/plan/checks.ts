// Owns what every check of a plan looks at.
import type { LocatedConfig } from '../config/cluster-config-reader.ts'
import type { VersionSupport } from '../rules/eks/kubernetes-versions.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import type { AutoNodesPlan } from './auto-nodes.ts'
import type { Cost } from './cost.ts'
import type { BalancedGateway } from './gateways.ts'
import type { BalancedIngress } from './ingress.ts'
import type { NodeGroupPlan } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import type { LoadBalancerService } from './service.ts'
import type { SystemPods } from './system-pods.ts'

/** Everything that is known once workloads are placed and priced. */
export interface PlanFacts {
  readonly located: LocatedConfig
  readonly version: string
  readonly support: VersionSupport
  readonly profiles: readonly FargateProfile[]
  readonly groups: readonly NodeGroupPlan[]
  readonly manifests: readonly Manifest[]
  readonly placed: readonly PlacedWorkload[]
  readonly systemPods: readonly SystemPods[]
  readonly services: readonly LoadBalancerService[]
  readonly ingresses: readonly BalancedIngress[]
  readonly gateways: readonly BalancedGateway[]
  readonly cost: Cost
  /** Of a cluster in Auto Mode. */
  readonly auto: AutoNodesPlan | undefined
  /** Pods near will be stand-ins. */
  readonly hasOnlyStandIns: boolean
  /** What does not work with the container engine of this machine. */
  readonly engineLacks: string | undefined
}

/** Looks for one kind of trouble. */
export type Check = (facts: PlanFacts) => Problem[]

/** `Deployment shop/web`: how messages name a workload. */
export function nameOf({ workload }: PlacedWorkload): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`
}
