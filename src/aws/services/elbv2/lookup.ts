// Owns finding load balancers, target groups and listeners, or refusing in the service's words.
import { listenerNotFound, loadBalancerNotFound, ruleNotFound, targetGroupNotFound } from './errors.ts'
import {
  arnOf,
  type Elb,
  type ListenerRecord,
  type LoadBalancerRecord,
  pathOf,
  ruleArnOf,
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

/** The listeners of a load balancer, by port. */
export function listenersOf(elb: Elb, loadBalancerArn: string): ListenerRecord[] {
  return elb.tables.listeners
    .list(arnOf(elb, `listener/${pathOf(loadBalancerArn)}/`))
    .toSorted((a, b) => (a.listener.Port ?? 0) - (b.listener.Port ?? 0))
}

/** ARNs of the load balancers with a listener that forwards to the group. */
export function usersOf(elb: Elb, targetGroupArn: string): string[] {
  const users = elb.tables.listeners
    .list()
    .filter((record) => record.targetGroupArn === targetGroupArn)
    .map((record) => record.loadBalancerArn)
  return [...new Set(users)]
}

/** Every certificate of a listener, the default one first. */
export function certificateArnsOf({ listener, certificates = [] }: ListenerRecord): string[] {
  const [first] = listener.Certificates ?? []
  return [...(first?.CertificateArn === undefined ? [] : [first.CertificateArn]), ...certificates]
}

/** ARNs of the load balancers with a listener that serves with the certificate. */
export function certificateUsersOf(elb: Elb, certificateArn: string): string[] {
  const users = elb.tables.listeners
    .list()
    .filter((record) => certificateArnsOf(record).includes(certificateArn))
    .map((record) => record.loadBalancerArn)
  return [...new Set(users)]
}
