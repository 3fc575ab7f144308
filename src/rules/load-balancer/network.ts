// Owns what is asked of ELBv2 for one Network Load Balancer, whoever asks: a Service or a Gateway.
import type { IpAddressType } from './ip-address-type.ts'
import type { ListenerModel } from './listener.ts'
import type { SecurityGroupsModel } from './security-groups.ts'
import type { SubnetAddresses } from './subnet-addresses.ts'
import type { ForwardGroup, GroupModel, Tags, TargetGroupModel } from './target-group.ts'

export type Scheme = 'internal' | 'internet-facing'

export interface NetworkListener {
  readonly port: number
  readonly listener: Pick<ListenerModel, 'protocol' | 'tls'>
  readonly groups: readonly ForwardGroup[]
  /** Whether a client stays with the target group that it got first; undefined: nothing is said. */
  readonly isSticky?: boolean
  readonly attributes: Tags
  readonly tags: Tags
}

/** A target group whose one target is an Application Load Balancer. */
export interface ApplicationTarget {
  readonly group: GroupModel
  readonly arn: string
  readonly port: number
}

export interface NetworkModel {
  readonly name: string
  readonly scheme: Scheme
  readonly ipAddressType: IpAddressType
  /** Ids or names; undefined: discovered. */
  readonly subnets: readonly string[] | undefined
  /** Tags that subnets are found by, with their values, where no ids are said. */
  readonly subnetTags?: Readonly<Record<string, readonly string[]>>
  /** Those that it is to have there. */
  readonly addresses: SubnetAddresses
  readonly attributes: Tags
  readonly tags: Tags
  readonly securityGroups: SecurityGroupsModel
  /** Whether the rules of the security groups hold for PrivateLink; undefined: as it is. */
  readonly privateLinkRules: string | undefined
  readonly listeners: readonly NetworkListener[]
  readonly targetGroups: readonly TargetGroupModel[]
  readonly applications?: readonly ApplicationTarget[]
}

/** What there is of the load balancer already: some of it cannot change, some is kept unless told otherwise. */
export interface ExistingLoadBalancer {
  readonly scheme: Scheme
  readonly hasSecurityGroups: boolean
}
