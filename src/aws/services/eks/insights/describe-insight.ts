// Owns DescribeInsight.
import type { DescribeInsightRequest, DescribeInsightResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { notFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { summaryOf } from './list-insights.ts'
import { checkOf, insightId, insightsOf } from './snapshot.ts'

/** @throws AwsError ResourceNotFoundException, InvalidRequestException */
export const describeInsight = operation<Eks, DescribeInsightRequest, DescribeInsightResponse>()({
  honours: ['clusterName', 'id'],
  handle: async ({ clusterName, id }, eks) => {
    const { cluster } = findCluster(eks, clusterName)
    const record = await insightsOf(eks, cluster.name)
    const found = record.insights.find(({ name }) => insightId(cluster.arn, record.next, name) === id)
    // The words are Neargate's: those of AWS were not found.
    if (!found) throw notFound(`No insight found for id: ${id}`, { clusterName: cluster.name })
    const { status, reason, resources, addons = [] } = found
    return {
      insight: {
        ...summaryOf(cluster.arn, record, found),
        recommendation: checkOf(record, found.name)?.recommendation,
        additionalInfo: {
          'EKS update cluster documentation':
            'https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html',
        },
        resources: resources.map(({ status: own = status, ...resource }) => ({
          ...resource,
          insightStatus: { status: own, reason },
        })),
        categorySpecificSummary: {
          deprecationDetails: [],
          addonCompatibilityDetails: addons.map(({ name, compatibleVersions }) => ({
            name,
            compatibleVersions: [...compatibleVersions],
          })),
        },
      },
    }
  },
})
