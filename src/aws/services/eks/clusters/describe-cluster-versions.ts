// Owns DescribeClusterVersions. eksctl calls it first in almost every command and fails on an empty list.
import type {
  ClusterVersionInformation,
  DescribeClusterVersionsRequest,
  DescribeClusterVersionsResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { OfferedVersion } from '../ports.ts'
import type { Eks } from '../state.ts'

/**
 * Versions, newest first. Retired ones are listed only when `includeAll` or a filter asks for them on AWS; here
 * they can still be created, so they are always listed, as `UNSUPPORTED`.
 */
export const describeClusterVersions = operation<
  Eks,
  DescribeClusterVersionsRequest,
  DescribeClusterVersionsResponse
>()({
  honours: ['clusterType', 'clusterVersions', 'defaultOnly', 'status', 'versionStatus', ...PAGES],
  keeps: ['includeAll'],
  handle: (input, eks) => {
    const wanted = eks.ports.versions.filter((offered) => matches(offered, input))
    const { items, nextToken } = page(wanted, input)
    return { clusterVersions: items.map(show), nextToken }
  },
})

function matches(
  offered: OfferedVersion,
  input: Omit<DescribeClusterVersionsRequest, 'includeAll' | 'maxResults' | 'nextToken'>,
): boolean {
  if (input.clusterType !== undefined && input.clusterType !== 'eks') return false
  if (input.defaultOnly && !offered.isDefault) return false
  if (input.clusterVersions?.length && !input.clusterVersions.includes(offered.version)) return false
  const status = input.versionStatus ?? input.status?.toUpperCase().replaceAll('-', '_')
  return status === undefined || status === offered.status
}

function show(offered: OfferedVersion): ClusterVersionInformation {
  return {
    clusterVersion: offered.version,
    clusterType: 'eks',
    defaultPlatformVersion: offered.platformVersion ?? 'eks.1',
    defaultVersion: offered.isDefault,
    releaseDate: dateOf(offered.releaseDate),
    endOfStandardSupportDate: dateOf(offered.endOfStandardSupportDate),
    endOfExtendedSupportDate: dateOf(offered.endOfExtendedSupportDate),
    status: legacyStatus(offered.status),
    versionStatus: offered.status,
    kubernetesPatchVersion: offered.patchVersion,
  }
}

// The deprecated member is lower case on AWS; eksctl takes everything that is not literally UNSUPPORTED.
function legacyStatus(
  status: OfferedVersion['status'],
): 'unsupported' | 'standard-support' | 'extended-support' {
  if (status === 'UNSUPPORTED') return 'unsupported'
  return status === 'STANDARD_SUPPORT' ? 'standard-support' : 'extended-support'
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(`${text}T00:00:00Z`)
}
