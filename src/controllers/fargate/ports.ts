// Owns what the Fargate scheduler needs from outside: the profiles of its cluster and machines to run pods on.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import type { FargateProfile } from '../../rules/fargate/profile.ts'
import type { FargateSize } from '../../rules/fargate/size.ts'
import type { LogRouterData } from '../../rules/log-router/log-router.ts'

/** An ACTIVE profile, with what blocks it when something does. */
export interface ActiveFargateProfile extends FargateProfile {
  readonly arn: string
  /** The reason AWS gives, e.g. `Pod execution role is not found in auth config or …`. */
  readonly blocked?: string
}

export interface FargateProfiles {
  /** ACTIVE profiles of the cluster, in no order. */
  active(): readonly ActiveFargateProfile[]
  /** Calls back when the set or a profile changes. @returns a function that ends it. */
  onChange(handler: () => void): () => void
}

/** A micro-node that was made for one pod. */
export interface FargateMachine {
  /** `fargate-ip-10-0-1-23.eu-west-1.compute.internal` */
  readonly nodeName: string
  /** Address of the node and of its pod. */
  readonly ip: string
}

export interface FargateCapacity {
  /**
   * Makes a micro-node for a pod: an ENI in one of the profile's subnets, a Node object, an agent. Asking again
   * for the same pod UID gives the same machine. Rejects with `AwsError` when AWS has no room or address.
   */
  provision(request: {
    readonly pod: Pod
    readonly profile: ActiveFargateProfile
    readonly size: FargateSize
    /** The configuration of its log router; none: nobody collects its lines. */
    readonly logging?: LogRouterData
  }): Promise<FargateMachine>
  /** Ends the machine and removes its Node and ENI; no error when it is gone. */
  release(nodeName: string): Promise<void>
  /** Machines that exist, for collecting those whose pod has gone. */
  list(): readonly { readonly nodeName: string; readonly podUid: string }[]
}
