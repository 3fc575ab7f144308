// Owns what Elastic Load Balancing's first version remembers: Classic Load Balancers with all that is in them.
import type { HealthCheck, LoadBalancerAttributes, Tag } from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import type { Store } from '../../../store/store.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import type { AccessLogs } from '../elbv2/access-logs/delivery.ts'
import type { ElbPorts } from '../elbv2/state.ts'

/** Protocols in capitals, as the service shows them. */
export interface ClassicListener {
  readonly port: number
  readonly protocol: Protocol
  readonly instancePort: number
  readonly instanceProtocol: Protocol
  /** Of HTTPS and SSL. */
  readonly certificateArn?: string
  /** Names of policies of its load balancer. */
  readonly policies: readonly string[]
}

export interface ClassicPolicy {
  readonly name: string
  /** `ProxyProtocolPolicyType` */
  readonly type: string
  /** A name may stand there more than once. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[]
}

export type Protocol = 'HTTP' | 'HTTPS' | 'TCP' | 'SSL'

export interface ClassicInstance {
  readonly id: string
  /** Looked up when it was registered. */
  readonly ip: string
  readonly zone: string
}

export interface ClassicRecord {
  readonly name: string
  readonly createdAtMs: number
  readonly dnsName: string
  readonly hostedZone?: string
  readonly scheme: 'internet-facing' | 'internal'
  readonly vpcId: string
  readonly subnets: readonly { readonly id: string; readonly zone: string }[]
  readonly securityGroups: readonly string[]
  /** The name of the first security group. */
  readonly sourceGroup: string
  readonly listeners: readonly ClassicListener[]
  readonly healthCheck: Required<HealthCheck>
  readonly instances: readonly ClassicInstance[]
  readonly policies: readonly ClassicPolicy[]
  /** Policies of what listens at a port of the instances; there while it has some, even without a listener. */
  readonly backends: readonly { readonly port: number; readonly policies: readonly string[] }[]
  readonly attributes: LoadBalancerAttributes
  readonly tags: readonly Tag[]
  /** Set when it is being deleted: nobody sees it any more, the reconciler takes it down. */
  readonly deleted: boolean
}

/** What every handler and the reconciler of the service work with. */
export interface ClassicElb {
  readonly deps: ServiceDeps
  readonly ports: ElbPorts
  /** By name. */
  readonly balancers: Table<ClassicRecord>
  readonly accessLogs: AccessLogs
}

/** Its table in a store. */
export function createBalancers(store: Store): ClassicElb['balancers'] {
  return new Table(store, 'aws/elb/load-balancers')
}

/** `arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/NAME` */
export function classicArn(
  { region, accountId }: Pick<ServiceDeps, 'region' | 'accountId'>,
  name: string,
): string {
  return `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${name}`
}

/** Those that can be seen, oldest first. */
export function visibleBalancers({ balancers }: ClassicElb): ClassicRecord[] {
  return balancers
    .list()
    .filter(({ deleted }) => !deleted)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
}

/** @throws AwsError LoadBalancerNotFound, in the words that clients of the service test for */
export function findBalancer({ balancers }: ClassicElb, name: string | undefined): ClassicRecord {
  const record = balancers.get(name ?? '')
  if (record && !record.deleted) return record
  throw new AwsError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`)
}

/** Changes one in one transaction. @throws AwsError LoadBalancerNotFound, what `change` throws */
export async function changeBalancer(
  elb: ClassicElb,
  name: string | undefined,
  change: (record: ClassicRecord) => Partial<ClassicRecord>,
): Promise<ClassicRecord> {
  return await elb.deps.store.transact((tx) => {
    const record = findBalancer(elb, name)
    const changed = { ...record, ...change(record) }
    elb.balancers.putIn(tx, record.name, changed)
    return changed
  })
}
