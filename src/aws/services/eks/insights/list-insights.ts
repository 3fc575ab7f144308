// Owns ListInsights.
import type { InsightSummary, ListInsightsRequest, ListInsightsResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks, FoundInsight, InsightsRecord } from '../state.ts'
import { checkOf, insightId, insightsOf } from './snapshot.ts'

/** @throws AwsError ResourceNotFoundException, InvalidRequestException */
export const listInsights = operation<Eks, ListInsightsRequest, ListInsightsResponse>()({
  honours: ['clusterName', 'filter.categories', 'filter.kubernetesVersions', 'filter.statuses', ...PAGES],
  handle: async (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const record = await insightsOf(eks, cluster.name)
    const { categories, kubernetesVersions, statuses } = input.filter ?? {}
    const summaries = record.insights.map((insight) => summaryOf(cluster.arn, record, insight))
    const wanted = summaries.filter(
      ({ category, kubernetesVersion, insightStatus }) =>
        isIn(categories, category) &&
        isIn(kubernetesVersions, kubernetesVersion) &&
        isIn(statuses, insightStatus?.status),
    )
    const { items, nextToken } = page(wanted, input)
    return { insights: items, nextToken }
  },
})

function isIn(wanted: readonly (string | undefined)[] | undefined, value: string | undefined): boolean {
  return !wanted?.length || wanted.includes(value)
}

/** What List and Describe show alike. */
export function summaryOf(
  clusterArn: string,
  { next, atMs }: InsightsRecord,
  { name, sinceMs, status, reason }: FoundInsight,
): InsightSummary {
  return {
    id: insightId(clusterArn, next, name),
    name,
    category: 'UPGRADE_READINESS',
    kubernetesVersion: next,
    lastRefreshTime: new Date(atMs),
    lastTransitionTime: new Date(sinceMs),
    description: checkOf({ next }, name)?.description,
    insightStatus: { status, reason },
  }
}
