// Owns DescribeLoadBalancers.
import type {
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { loadBalancerNotFound, loadBalancersNotFound } from '../errors.ts'
import { visibleLoadBalancers } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb } from '../state.ts'
import { showLoadBalancer } from './show.ts'

/** All, or those asked for by ARN or by name. @throws AwsError LoadBalancerNotFound */
export const describeLoadBalancers = operation<
  Elb,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput
>()({
  honours: ['LoadBalancerArns', 'Names', ...PAGES],
  handle: (input, elb) => {
    const all = visibleLoadBalancers(elb)
    const { LoadBalancerArns: arns = [], Names: names = [] } = input
    const unknownArn = arns.find((arn) => !all.some((record) => record.arn === arn))
    if (unknownArn !== undefined) throw loadBalancerNotFound()
    const unknownNames = names.filter((name) => !all.some((record) => record.name === name))
    if (unknownNames.length > 0) throw loadBalancersNotFound(unknownNames)
    const isWanted = arns.length + names.length === 0 ? () => true : isNamed(arns, names)
    const { items, NextMarker } = page(all.filter(isWanted), input)
    return { LoadBalancers: items.map(showLoadBalancer), NextMarker }
  },
})

function isNamed(arns: readonly string[], names: readonly string[]) {
  return (record: { arn: string; name: string }): boolean =>
    arns.includes(record.arn) || names.includes(record.name)
}
