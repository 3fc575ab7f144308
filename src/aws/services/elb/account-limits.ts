// Owns the quotas of Classic Load Balancers.
import type {
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { operation } from '../../protocol/operation.ts'
import { page, PAGES } from '../elbv2/paging.ts'
import type { ClassicElb } from './state.ts'

/** Defaults of an account (user guide, "Quotas for your Classic Load Balancer"). */
const LIMITS = [
  { Name: 'classic-load-balancers', Max: '20' },
  { Name: 'classic-listeners', Max: '100' },
  { Name: 'classic-registered-instances', Max: '1000' },
]

export const describeAccountLimits = operation<
  ClassicElb,
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput
>()({
  honours: [...PAGES],
  handle: (input) => {
    const { items, NextMarker } = page(LIMITS, input)
    return { Limits: items, NextMarker }
  },
})
