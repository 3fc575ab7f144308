// Owns DescribeListeners.
import type {
  DescribeListenersInput,
  DescribeListenersOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { findListener, findLoadBalancer, listenersOf } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb } from '../state.ts'

/** Of a load balancer, or those asked for. @throws AwsError LoadBalancerNotFound, ListenerNotFound, ValidationError */
export const describeListeners = operation<Elb, DescribeListenersInput, DescribeListenersOutput>()({
  honours: ['LoadBalancerArn', 'ListenerArns', ...PAGES],
  handle: (input, elb) => {
    const arns = input.ListenerArns ?? []
    if (arns.length === 0 && !input.LoadBalancerArn) {
      throw validationError('You must specify either listener ARNs or a load balancer ARN')
    }
    const records =
      arns.length > 0
        ? arns.map((arn) => findListener(elb, arn))
        : listenersOf(elb, findLoadBalancer(elb, input.LoadBalancerArn).arn)
    const { items, NextMarker } = page(records, input)
    return { Listeners: items.map((record) => record.listener), NextMarker }
  },
})
