// Owns what the cloud controller works with: the account, and what it is asked for.
import type { ClassicModel } from '../../rules/load-balancer/classic.ts'
import type { Aws } from '../loadbalancer/aws.ts'

export interface CloudOptions {
  readonly aws: Aws
  readonly clusterName: string
  readonly vpcId: string
}

/** What a load balancer is made for. */
export interface Wanted {
  readonly model: ClassicModel
  /** `namespace/name` */
  readonly serviceName: string
  readonly instanceIds: readonly string[]
}
