// Owns reading and writing the tags of whatever an ARN of the service names.
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2'

import { parseArn } from '../../../../base/arn.ts'
import { AwsError } from '../../../../base/errors.ts'
import type { Writer } from '../../../../store/store.ts'
import { listenerNotFound } from '../errors.ts'
import {
  findListener,
  findLoadBalancer,
  findRule,
  findTargetGroup,
  isDefaultRule,
  ownerOfRule,
} from '../lookup.ts'
import type { Elb } from '../state.ts'
import { findTrustStore } from '../trust-stores/lookup.ts'

/** The members of a tag list, as operations declare them. */
export const TAGS = ['Tags[].Key', 'Tags[].Value'] as const

/** Of one resource (quotas). */
const MOST_TAGS = 50

type Change = (tags: readonly Tag[]) => readonly Tag[]

/** The tags of a resource. @throws AwsError LoadBalancer-, TargetGroup-, Listener-, Rule- or TrustStoreNotFound */
export function tagsOf(elb: Elb, arn: string): readonly Tag[] {
  switch (kindOf(arn)) {
    case 'loadbalancer':
      return findLoadBalancer(elb, arn).tags
    case 'targetgroup':
      return findTargetGroup(elb, arn).tags
    case 'listener':
      return findListener(elb, arn).tags
    case 'listener-rule':
      return isDefaultRule(elb, arn) ? ownerOfRule(elb, arn).ruleTags : findRule(elb, arn).tags
    case 'truststore':
      return findTrustStore(elb, arn).tags
    default:
      throw listenerNotFound()
  }
}

/** Changes the tags of all these resources, or of none. @throws AwsError as `tagsOf` */
export async function changeTags(
  elb: Elb,
  arns: readonly string[] | undefined,
  change: Change,
): Promise<void> {
  await elb.deps.store.transact((tx) => {
    for (const arn of arns ?? []) {
      const tags = change(tagsOf(elb, arn))
      if (tags.length > MOST_TAGS) {
        throw new AwsError('TooManyTags', "You've reached the limit on the number of tags for this resource")
      }
      putTags(tx, elb, { arn, tags })
    }
  })
}

function putTags(tx: Writer, elb: Elb, { arn, tags }: { arn: string; tags: readonly Tag[] }): void {
  const { loadBalancers, targetGroups, listeners, rules, trustStores } = elb.tables
  const kind = kindOf(arn)
  if (kind === 'loadbalancer') loadBalancers.updateIn(tx, arn, (record) => ({ ...record, tags }))
  else if (kind === 'targetgroup') targetGroups.updateIn(tx, arn, (record) => ({ ...record, tags }))
  else if (kind === 'truststore') trustStores.updateIn(tx, arn, (record) => ({ ...record, tags }))
  else if (kind === 'listener') listeners.updateIn(tx, arn, (record) => ({ ...record, tags }))
  else if (!isDefaultRule(elb, arn)) rules.updateIn(tx, arn, (record) => ({ ...record, tags }))
  else listeners.updateIn(tx, ownerOfRule(elb, arn).arn, (record) => ({ ...record, ruleTags: tags }))
}

function kindOf(arn: string): string {
  return parseArn(arn)?.resource.split('/')[0] ?? ''
}
