// Owns how many networks, addresses and gateways there may be. Source: VPC user guide, "Amazon VPC quotas"; words as
// eksctl and installers have met them.
import { AwsError } from '../../../base/errors.ts'
import { findQuota } from '../../../rules/quotas/quotas.ts'
import { appliedQuota } from '../../protocol/applied-quota.ts'
import type { Ec2State } from './state.ts'

interface Limit {
  readonly service: 'ec2' | 'vpc'
  readonly quota: string
  readonly code: string
  readonly words: (most: number) => string
}

const reached = (things: string) => () => `The maximum number of ${things} has been reached.`

const LIMITS = {
  vpcs: { service: 'vpc', quota: 'L-F678F1CE', code: 'VpcLimitExceeded', words: reached('VPCs') },
  subnets: { service: 'vpc', quota: 'L-407747CB', code: 'SubnetLimitExceeded', words: reached('subnets') },
  routeTables: {
    service: 'vpc',
    quota: 'L-589F43AA',
    code: 'RouteTableLimitExceeded',
    words: reached('route tables'),
  },
  internetGateways: {
    service: 'vpc',
    quota: 'L-A4707A72',
    code: 'InternetGatewayLimitExceeded',
    words: reached('internet gateways'),
  },
  natGateways: {
    service: 'vpc',
    quota: 'L-FE5A380F',
    code: 'NatGatewayLimitExceeded',
    words: (most) => `Performing this operation would exceed the limit of ${most} NAT gateways`,
  },
  addresses: {
    service: 'ec2',
    quota: 'L-0263D0A3',
    code: 'AddressLimitExceeded',
    words: reached('addresses'),
  },
} satisfies Readonly<Record<string, Limit>>

/** Refuses one more where there are as many as there may be. @throws AwsError `…LimitExceeded` */
export type Room = (present: number) => void

/** Asks for the quota, before a transaction; what it gives is asked within. */
export async function roomFor(ec2: Ec2State, kind: keyof typeof LIMITS): Promise<Room> {
  const { service, quota, code, words }: Limit = LIMITS[kind]
  const most = await appliedQuota(ec2.deps.caller, findQuota(service, quota))
  return (present) => {
    if (present >= most) throw new AwsError(code, words(most))
  }
}
