// Owns finding load balancers, target groups and listeners, or refusing in the service's words.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { TlsCertificate } from '../../../network/tls/terminate.ts'
import { listenerNotFound, loadBalancerNotFound, ruleNotFound, targetGroupNotFound } from './errors.ts'
import {
  arnOf,
  type Elb,
  type ListenerRecord,
  type LoadBalancerRecord,
  pathOf,
  ruleArnOf,
  rulePrefixOf,
  type RuleRecord,
  type TargetGroupRecord,
} from './state.ts'

/** Load balancers that can be seen, oldest first. */
export function visibleLoadBalancers(elb: Elb): LoadBalancerRecord[] {
  return elb.tables.loadBalancers
    .list()
    .filter((record) => !record.deleted)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
}

/** @throws AwsError LoadBalancerNotFound */
export function findLoadBalancer(elb: Elb, arn: string | undefined): LoadBalancerRecord {
  const record = elb.tables.loadBalancers.get(arn ?? '')
  if (!record || record.deleted) throw loadBalancerNotFound(arn)
  return record
}

/** @throws AwsError TargetGroupNotFound */
export function findTargetGroup(elb: Elb, arn: string | undefined): TargetGroupRecord {
  const record = elb.tables.targetGroups.get(arn ?? '')
  if (!record) throw targetGroupNotFound()
  return record
}

/** @throws AwsError ListenerNotFound */
export function findListener(elb: Elb, arn: string | undefined): ListenerRecord {
  const record = elb.tables.listeners.get(arn ?? '')
  if (!record) throw listenerNotFound()
  return record
}

/** The listener whose default rule this is. @throws AwsError RuleNotFound */
export function ownerOfRule(elb: Elb, ruleArn: string): ListenerRecord {
  const found = elb.tables.listeners.list().find((record) => ruleArnOf(record.arn) === ruleArn)
  if (!found) throw ruleNotFound()
  return found
}

/** True for the default rule of a listener. */
export function isDefaultRule(elb: Elb, ruleArn: string | undefined): boolean {
  return elb.tables.listeners.list().some((record) => ruleArnOf(record.arn) === ruleArn)
}

/** The listeners of a load balancer, by port. */
export function listenersOf(elb: Elb, loadBalancerArn: string): ListenerRecord[] {
  return elb.tables.listeners
    .list(arnOf(elb, `listener/${pathOf(loadBalancerArn)}/`))
    .toSorted((a, b) => (a.listener.Port ?? 0) - (b.listener.Port ?? 0))
}

/** The rules of a listener in the order in which they are asked, without the default one. */
export function rulesOf(elb: Elb, listenerArn: string): RuleRecord[] {
  return elb.tables.rules.list(rulePrefixOf(listenerArn)).toSorted((a, b) => a.priority - b.priority)
}

/** @throws AwsError RuleNotFound */
export function findRule(elb: Elb, arn: string | undefined): RuleRecord {
  const record = elb.tables.rules.get(arn ?? '')
  if (!record) throw ruleNotFound()
  return record
}

/** ARNs of the target groups that actions forward to. */
export function groupsIn(actions: readonly Action[] = []): string[] {
  return actions.flatMap(({ TargetGroupArn, ForwardConfig }) => {
    const groups = ForwardConfig?.TargetGroups?.flatMap((group) => group.TargetGroupArn ?? [])
    return groups ?? (TargetGroupArn === undefined ? [] : [TargetGroupArn])
  })
}

/** ARNs of the load balancers with a listener or a rule that forwards to the group. */
export function usersOf(elb: Elb, targetGroupArn: string): string[] {
  const users = elb.tables.listeners
    .list()
    .filter(({ listener }) => groupsIn(listener.DefaultActions).includes(targetGroupArn))
    .map((record) => record.loadBalancerArn)
  const byRule = elb.tables.rules
    .list()
    .filter(({ actions }) => groupsIn(actions).includes(targetGroupArn))
    .flatMap(({ listenerArn }) => elb.tables.listeners.get(listenerArn)?.loadBalancerArn ?? [])
  return [...new Set([...users, ...byRule])]
}

/** Every certificate of a listener, the default one first. */
export function certificateArnsOf({ listener, certificates = [] }: ListenerRecord): string[] {
  const [first] = listener.Certificates ?? []
  return [...(first?.CertificateArn === undefined ? [] : [first.CertificateArn]), ...certificates]
}

/** The same with their keys; one that is gone is left out. */
export function certificatesOf(elb: Elb, record: ListenerRecord): TlsCertificate[] {
  return certificateArnsOf(record).flatMap((arn) => {
    const found = elb.ports.certificates?.find(arn)
    return found ? [{ arn, ...found }] : []
  })
}

/** ARNs of the load balancers with a listener that serves with the certificate. */
export function certificateUsersOf(elb: Elb, certificateArn: string): string[] {
  const users = elb.tables.listeners
    .list()
    .filter((record) => certificateArnsOf(record).includes(certificateArn))
    .map((record) => record.loadBalancerArn)
  return [...new Set(users)]
}
