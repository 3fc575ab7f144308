// Owns DescribeTargetGroups.
import type {
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { targetGroupNotFound } from '../errors.ts'
import { findLoadBalancer, usersOf } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb, TargetGroupRecord } from '../state.ts'
import { showTargetGroup } from './show.ts'

/** All, or those of a load balancer, or those asked for by ARN or name. @throws AwsError TargetGroupNotFound, LoadBalancerNotFound */
export const describeTargetGroups = operation<Elb, DescribeTargetGroupsInput, DescribeTargetGroupsOutput>()({
  honours: ['LoadBalancerArn', 'TargetGroupArns', 'Names', ...PAGES],
  handle: (input, elb) => {
    const { items, NextMarker } = page(select(input, elb), input)
    return { TargetGroups: items.map((record) => showTargetGroup(elb, record)), NextMarker }
  },
})

function select(input: DescribeTargetGroupsInput, elb: Elb): TargetGroupRecord[] {
  const all = elb.tables.targetGroups.list()
  const { TargetGroupArns: arns = [], Names: names = [], LoadBalancerArn } = input
  if (LoadBalancerArn) {
    findLoadBalancer(elb, LoadBalancerArn)
    const used = all.filter((record) => usersOf(elb, record.arn).includes(LoadBalancerArn))
    if (used.length === 0) throw targetGroupNotFound()
    return used
  }
  if (arns.length + names.length === 0) return all
  const isKnown = (test: (record: TargetGroupRecord) => boolean): boolean => all.some(test)
  const isComplete =
    arns.every((arn) => isKnown((record) => record.arn === arn)) &&
    names.every((name) => isKnown((record) => record.name === name))
  if (!isComplete) throw targetGroupNotFound()
  return all.filter((record) => arns.includes(record.arn) || names.includes(record.name))
}
