// Owns DescribeCapacityReservation: nobody reserves capacity here, so that there is none to show.
import type {
  DescribeCapacityReservationInput,
  DescribeCapacityReservationOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError LoadBalancerNotFound */
export const describeCapacityReservation = operation<
  Elb,
  DescribeCapacityReservationInput,
  DescribeCapacityReservationOutput
>()({
  honours: ['LoadBalancerArn'],
  handle: (input, elb) => {
    findLoadBalancer(elb, input.LoadBalancerArn)
    return { CapacityReservationState: [] }
  },
})
