// Owns what is asked of ELBv2 for one Application Load Balancer, whoever asks: a group of Ingresses or a Gateway.
import type { FrontendModel } from './ingress/frontend.ts'
import type { MutualModel } from './ingress/mutual-authentication.ts'
import type { IpAddressType } from './ip-address-type.ts'
import type { SecurityGroupsModel } from './security-groups.ts'
import type { ForwardGroup, Tags, TargetGroupModel } from './target-group.ts'

/** An action with target groups that are made for it; those of ELBv2 otherwise. */
export interface ActionModel {
  readonly Type: 'forward' | 'redirect' | 'fixed-response'
  readonly RedirectConfig?: object
  readonly FixedResponseConfig?: object
  readonly groups?: readonly ForwardGroup[]
  readonly stickiness?: object
}

export interface ApplicationRule {
  readonly conditions: readonly object[]
  readonly action: ActionModel
  readonly transforms: readonly object[]
  readonly tags: Tags
}

export interface ApplicationListener {
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly sslPolicy: string | undefined
  /** ARNs, the default one first. */
  readonly certificates: readonly string[]
  /** What is done with the certificates of clients; undefined where nothing is said. */
  readonly mutual: MutualModel | undefined
  readonly defaultAction: ActionModel
  readonly rules: readonly ApplicationRule[]
  readonly attributes: Tags
  readonly tags: Tags
}

export interface ApplicationModel {
  readonly name: string
  readonly scheme: 'internal' | 'internet-facing'
  readonly ipAddressType: IpAddressType
  /** Ids or names; undefined: discovered. */
  readonly subnets: readonly string[] | undefined
  /** Tags that subnets are found by, with their values, where no ids are said. */
  readonly subnetTags?: Readonly<Record<string, readonly string[]>>
  readonly securityGroups: SecurityGroupsModel
  readonly attributes: Tags
  readonly tags: Tags
  readonly listeners: readonly ApplicationListener[]
  readonly targetGroups: readonly TargetGroupModel[]
  /** The Network Load Balancer in front of it, where there is to be one. */
  readonly frontend?: FrontendModel
}

/** What answers where no rule fits. */
export const NOT_FOUND: ActionModel = {
  Type: 'fixed-response',
  FixedResponseConfig: { ContentType: 'text/plain', StatusCode: '404' },
}
