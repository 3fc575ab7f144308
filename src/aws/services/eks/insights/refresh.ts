// Owns StartInsightsRefresh and DescribeInsightsRefresh.
import type {
  DescribeInsightsRefreshRequest,
  DescribeInsightsRefreshResponse,
  StartInsightsRefreshRequest,
  StartInsightsRefreshResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { notFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { findInsights } from './snapshot.ts'

/** Looks at the cluster at once; the answer says what AWS's does. @throws AwsError ResourceNotFoundException, InvalidRequestException */
export const startInsightsRefresh = operation<
  Eks,
  StartInsightsRefreshRequest,
  StartInsightsRefreshResponse
>()({
  honours: ['clusterName'],
  handle: async ({ clusterName }, eks) => {
    await findInsights(eks, clusterName)
    return { message: 'Insights refresh started', status: 'IN_PROGRESS' }
  },
})

/** The latest refresh, whoever began it. @throws AwsError ResourceNotFoundException */
export const describeInsightsRefresh = operation<
  Eks,
  DescribeInsightsRefreshRequest,
  DescribeInsightsRefreshResponse
>()({
  honours: ['clusterName'],
  handle: ({ clusterName }, eks) => {
    const { cluster } = findCluster(eks, clusterName)
    const record = eks.tables.insights.get(cluster.name)
    if (!record) throw notFound('No insights refresh found', { clusterName: cluster.name })
    const at = new Date(record.atMs)
    return { message: 'Insights refresh completed', status: 'COMPLETED', startedAt: at, endedAt: at }
  },
})
