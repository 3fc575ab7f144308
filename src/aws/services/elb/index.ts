// Owns the surface of Elastic Load Balancing's first version: there are no Classic Load Balancers, and clients that
// clean up after themselves ask.
import type {
  DescribeAccessPointsInput,
  DescribeAccessPointsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import { bindOperations, operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'

// "There is no ACTIVE Load Balancer named 'my-lb'": the words of the service, as its clients test for them.
function noneNamed(name: string): AwsError {
  return new AwsError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`)
}

/** DescribeLoadBalancers. @throws AwsError LoadBalancerNotFound for any name */
const describeLoadBalancers = operation<ServiceDeps, DescribeAccessPointsInput, DescribeAccessPointsOutput>()(
  {
    honours: ['LoadBalancerNames', 'Marker', 'PageSize'],
    handle: ({ LoadBalancerNames: names, Marker: token }) => {
      const name = names?.[0]
      if (name !== undefined) throw noneNamed(name)
      const { items } = paginate([], { token, tokenCode: 'ValidationError' })
      return { LoadBalancerDescriptions: items }
    },
  },
)

/** DescribeTags. @throws AwsError LoadBalancerNotFound: names are required, and none is known */
const describeTags = operation<ServiceDeps, DescribeTagsInput, DescribeTagsOutput>()({
  honours: ['LoadBalancerNames'],
  handle: ({ LoadBalancerNames: names }) => {
    const name = names?.[0]
    if (name !== undefined) throw noneNamed(name)
    return { TagDescriptions: [] }
  },
})

/** Builds it. */
export function createElb(deps: ServiceDeps): AwsService {
  return defineService(
    'elb',
    bindOperations(deps, { DescribeLoadBalancers: describeLoadBalancers, DescribeTags: describeTags }),
  )
}
