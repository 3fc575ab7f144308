// Owns what Elastic Load Balancing v2 remembers: load balancers, target groups with their targets, listeners
// with their rules.
import type {
  Action,
  Listener,
  LoadBalancer,
  RuleCondition,
  RuleTransform,
  Tag,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Revocations } from '../../../network/tls/client-trust.ts'
import type { Knock } from '../../../network/knock.ts'
import type { LoadBalancerPlane } from '../../../network/load-balancer.ts'
import type { Attributes } from '../../../rules/load-balancer/attributes.ts'
import type { Store } from '../../../store/store.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import type { AccessLogs } from './access-logs/delivery.ts'

export interface LoadBalancerRecord {
  readonly arn: string
  readonly name: string
  readonly loadBalancer: Omit<LoadBalancer, 'CreatedTime'>
  readonly createdAtMs: number
  /** It may not become active before this. */
  readonly dueAtMs: number
  readonly attributes: Attributes
  readonly tags: readonly Tag[]
  /** Set when it is being deleted: nobody sees it any more, the reconciler takes it down. */
  readonly deleted: boolean
}

export interface TargetGroupRecord {
  readonly arn: string
  readonly name: string
  readonly targetGroup: Omit<TargetGroup, 'LoadBalancerArns'>
  readonly attributes: Attributes
  readonly tags: readonly Tag[]
  readonly targets: readonly TargetRecord[]
}

export interface TargetRecord {
  /** An instance id, an address, or the ARN of an Application Load Balancer. */
  readonly id: string
  readonly port: number
  /** As it was registered: a zone, `all`, or nothing. */
  readonly zone?: string
  /** Where it really is, looked up at registration; load balancers are known by their ARN. */
  readonly ip: string
  readonly actualZone: string
}

export interface ListenerRecord {
  readonly arn: string
  readonly loadBalancerArn: string
  /** With its actions, the default certificate and the policy. */
  readonly listener: Listener
  /** Certificates besides the default one. */
  readonly certificates?: readonly string[]
  readonly attributes: Attributes
  readonly tags: readonly Tag[]
  /** Tags of its default rule. */
  readonly ruleTags: readonly Tag[]
}

/** A rule of a listener, other than its default one. */
export interface RuleRecord {
  readonly arn: string
  readonly listenerArn: string
  readonly priority: number
  readonly conditions: readonly RuleCondition[]
  readonly actions: readonly Action[]
  readonly transforms: readonly RuleTransform[]
  readonly tags: readonly Tag[]
}

/** A revocation list of a trust store. */
export interface RevocationRecord extends Revocations {
  readonly id: number
}

export interface TrustStoreRecord {
  readonly arn: string
  readonly name: string
  /** The certificates of its bundle, each as PEM. */
  readonly authorities: readonly string[]
  readonly revocations: readonly RevocationRecord[]
  readonly tags: readonly Tag[]
}

/** All by ARN. */
export interface Tables {
  /** The name of one that is being deleted is free. */
  readonly loadBalancers: Table<LoadBalancerRecord, 'name'>
  readonly targetGroups: Table<TargetGroupRecord, 'name'>
  /** A load balancer has one listener a port: `ARN/PORT`. */
  readonly listeners: Table<ListenerRecord, 'port'>
  /** A listener has one rule a priority: `ARN/PRIORITY`. */
  readonly rules: Table<RuleRecord, 'priority'>
  readonly trustStores: Table<TrustStoreRecord, 'name'>
}

/** What security groups let in; EC2 knows. */
export interface Ingress {
  admits(groupIds: readonly string[], knock: Knock): boolean
}

/** A certificate with its private key, both PEM; ACM has them. */
export interface Certificate {
  readonly certificateChainPem: string
  readonly privateKeyPem: string
  /** The host names it is for, `*.` for one label. */
  readonly names: readonly string[]
}

/** The certificates of the account in this region. */
export interface Certificates {
  find(arn: string): Certificate | undefined
}

export interface ElbPorts {
  readonly plane: LoadBalancerPlane
  readonly ingress: Ingress
  /** Without it there is no certificate, so no listener of HTTPS. */
  readonly certificates?: Certificates
}

/** What every handler and reconciler of the service works with. */
export interface Elb {
  readonly deps: ServiceDeps
  readonly ports: ElbPorts
  readonly tables: Tables
  readonly accessLogs: AccessLogs
}

/** The tables of the service in a store. */
export function createTables(store: Store): Tables {
  return {
    loadBalancers: new Table(store, 'aws/elbv2/load-balancers', {
      unique: { name: ({ name, deleted }) => (deleted ? undefined : name) },
    }),
    targetGroups: new Table(store, 'aws/elbv2/target-groups', { unique: { name: ({ name }) => name } }),
    listeners: new Table(store, 'aws/elbv2/listeners', {
      unique: { port: ({ loadBalancerArn, listener }) => portKey(loadBalancerArn, listener.Port) },
    }),
    rules: new Table(store, 'aws/elbv2/rules', {
      unique: { priority: ({ listenerArn, priority }) => priorityKey(listenerArn, priority) },
    }),
    trustStores: new Table(store, 'aws/elbv2/trust-stores', { unique: { name: ({ name }) => name } }),
  }
}

/** The unique key of a listener. */
export function portKey(loadBalancerArn: string, port: number | undefined): string {
  return `${loadBalancerArn}/${port}`
}

/** The unique key of a rule. */
export function priorityKey(listenerArn: string, priority: number): string {
  return `${listenerArn}/${priority}`
}

/** `arn:aws:elasticloadbalancing:REGION:ACCOUNT:SUFFIX` */
export function arnOf(elb: Elb, suffix: string): string {
  return `arn:aws:elasticloadbalancing:${elb.deps.region}:${elb.deps.accountId}:${suffix}`
}

/** `net/NAME/HEX`, the part of a load balancer's ARN that its listeners and interfaces repeat. */
export function pathOf(loadBalancerArn: string): string {
  return loadBalancerArn.slice(loadBalancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length)
}

/** What the ARNs of a listener's rules begin with. */
export function rulePrefixOf(listenerArn: string): string {
  return `${listenerArn.replace(':listener/', ':listener-rule/')}/`
}

/** The ARN of the default rule of a listener. */
export function ruleArnOf(listenerArn: string): string {
  const hex = listenerArn.slice(listenerArn.lastIndexOf('/') + 1)
  return rulePrefixOf(listenerArn) + hex.split('').toReversed().join('')
}
