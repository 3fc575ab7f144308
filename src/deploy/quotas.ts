// Owns the look at an account's quotas: what a new cluster takes, beside what is there and what AWS allows.
// Source: the codes that the Service Quotas console shows.
import { DescribeAddressesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { paginateListClusters } from '@aws-sdk/client-eks'
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas'

import { isAwsCode } from '../base/errors.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { clientConfiguration, type Cloud } from './cloud.ts'
import { DEFAULT_NAT_MODE } from '../rules/eksctl/network-layout.ts'
import { vcpusOf } from '../rules/eksctl/vcpus.ts'
import { findQuota } from '../rules/quotas/quotas.ts'
import { error, lineOf, warning, type Finding } from './finding.ts'

/** Something that a quota counts. */
export interface Need {
  readonly service: string
  readonly code: string
  /** `Elastic IPs` */
  readonly what: string
  /** How many the cluster takes. */
  readonly takes: number
  /** How many there are; undefined where that is not asked. */
  readonly present?: () => Promise<number>
}

/** What a new cluster of the config takes of what AWS counts. */
export function needsOf(config: ClusterConfig, cloud: Pick<Cloud, 'eks' | 'ec2'>): readonly Need[] {
  const profiles = (config.fargateProfiles ?? []).length
  return [
    {
      service: 'eks',
      code: 'L-1194D53C',
      what: 'EKS clusters',
      takes: 1,
      present: async () => {
        let count = 0
        for await (const page of paginateListClusters({ client: cloud.eks }, {}))
          count += page.clusters?.length ?? 0
        return count
      },
    },
    ...(hasOwnNetwork(config) ? networkNeeds(config, cloud) : []),
    ...[...vcpusOf(config)].map(([code, { takes }]) => {
      const { name } = findQuota('ec2', code)
      return { service: 'ec2', code, what: `vCPUs of ${name.replace('Running ', '')}`, takes }
    }),
    { service: 'eks', code: 'L-33415657', what: 'Fargate profiles of a cluster', takes: profiles },
  ].filter(({ takes }) => takes > 0)
}

function hasOwnNetwork({ vpc }: ClusterConfig): boolean {
  return Object.keys({ ...vpc?.subnets?.private, ...vpc?.subnets?.public }).length === 0
}

function networkNeeds(config: ClusterConfig, cloud: Pick<Cloud, 'ec2'>): readonly Need[] {
  const nat = config.vpc?.nat?.gateway ?? DEFAULT_NAT_MODE
  const gateways = { HighlyAvailable: config.availabilityZones?.length ?? 3, Single: 1, Disable: 0 }[nat] ?? 1
  const addresses = config.privateCluster?.enabled === true ? 0 : gateways
  return [
    {
      service: 'vpc',
      code: 'L-F678F1CE',
      what: 'VPCs',
      takes: 1,
      present: async () => (await (await cloud.ec2()).send(new DescribeVpcsCommand({}))).Vpcs?.length ?? 0,
    },
    {
      service: 'ec2',
      code: 'L-0263D0A3',
      what: 'Elastic IPs',
      takes: addresses,
      present: async () =>
        (await (await cloud.ec2()).send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
    },
  ]
}

/**
 * The quotas that a new cluster would exceed. Where they may not be read, a warning says so.
 * @param counts which quotas hold there; all by default
 */
export async function checkQuotas(
  cloud: Pick<Cloud, 'eks' | 'ec2' | 'region' | 'endpoint' | 'credentials'>,
  config: ClusterConfig,
  counts: (need: Need) => boolean = () => true,
): Promise<readonly Finding[]> {
  // Not as patient as the rest: what only helps is not waited for.
  const { region, endpoint, credentials } = cloud
  const client = new ServiceQuotasClient(
    clientConfiguration({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) }),
  )
  try {
    const findings = await Promise.all(
      needsOf(config, cloud)
        .filter(counts)
        .map((need) => check(client, need)),
    )
    return findings.flat()
  } catch (cause) {
    // Whatever it is, it keeps nobody from making a cluster.
    return [
      warning(
        `the quotas of the account could not be checked: ${lineOf(cause)}`,
        'Allow servicequotas:GetServiceQuota and GetAWSDefaultServiceQuota to have them checked beforehand.',
      ),
    ]
  } finally {
    client.destroy()
  }
}

async function check(client: ServiceQuotasClient, need: Need): Promise<readonly Finding[]> {
  const [limit, present] = await Promise.all([limitOf(client, need), need.present?.() ?? 0])
  if (limit === undefined || present + need.takes <= limit) return []
  const there = need.present ? `, ${present} there are` : ''
  return [
    error(
      `${need.what}: this takes ${need.takes}${there}, and the quota ${need.code} is ${limit}`,
      `Raise it: aws service-quotas request-service-quota-increase --service-code ${need.service} --quota-code ${need.code} --desired-value ${present + need.takes}`,
    ),
  ]
}

// An account for which a quota was never looked at has AWS's own.
async function limitOf(client: ServiceQuotasClient, { service, code }: Need): Promise<number | undefined> {
  const input = { ServiceCode: service, QuotaCode: code }
  try {
    return (await client.send(new GetServiceQuotaCommand(input))).Quota?.Value
  } catch (cause) {
    if (!isAwsCode(cause, 'NoSuchResourceException')) throw cause
  }
  try {
    return (await client.send(new GetAWSDefaultServiceQuotaCommand(input))).Quota?.Value
  } catch (cause) {
    if (isAwsCode(cause, 'NoSuchResourceException')) return undefined
    throw cause
  }
}
