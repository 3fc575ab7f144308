// Owns reading and writing the tags of whatever an ARN of the service names.
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2'

import { listenerNotFound, ruleNotFound } from '../errors.ts'
import { findListener, findLoadBalancer, findTargetGroup } from '../lookup.ts'
import { type Elb, ruleArnOf } from '../state.ts'

type Change = (tags: readonly Tag[]) => readonly Tag[]

/** The tags of a resource. @throws AwsError LoadBalancer-, TargetGroup-, Listener- or RuleNotFound */
export function tagsOf(elb: Elb, arn: string): readonly Tag[] {
  switch (kindOf(arn)) {
    case 'loadbalancer':
      return findLoadBalancer(elb, arn).tags
    case 'targetgroup':
      return findTargetGroup(elb, arn).tags
    case 'listener':
      return findListener(elb, arn).tags
    default:
      return ownerOfRule(elb, arn).ruleTags
  }
}

/** Changes the tags of a resource. @throws AwsError as `tagsOf` */
export async function changeTags(elb: Elb, arn: string, change: Change): Promise<void> {
  const { loadBalancers, targetGroups, listeners } = elb.tables
  tagsOf(elb, arn)
  switch (kindOf(arn)) {
    case 'loadbalancer':
      await loadBalancers.update(arn, (record) => ({ ...record, tags: change(record.tags) }))
      return
    case 'targetgroup':
      await targetGroups.update(arn, (record) => ({ ...record, tags: change(record.tags) }))
      return
    case 'listener':
      await listeners.update(arn, (record) => ({ ...record, tags: change(record.tags) }))
      return
    default:
      await listeners.update(ownerOfRule(elb, arn).arn, (record) => ({
        ...record,
        ruleTags: change(record.ruleTags),
      }))
  }
}

function kindOf(arn: string): string {
  return (arn.split(':')[5] ?? '').split('/')[0] ?? ''
}

function ownerOfRule(elb: Elb, ruleArn: string) {
  if (kindOf(ruleArn) !== 'listener-rule') throw listenerNotFound()
  const found = elb.tables.listeners.list().find((record) => ruleArnOf(record.arn) === ruleArn)
  if (!found) throw ruleNotFound()
  return found
}
