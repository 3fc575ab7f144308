// Owns the services that VPC endpoints lead to.
import type {
  DescribeVpcEndpointServicesRequest,
  DescribeVpcEndpointServicesResult,
  ServiceDetail,
} from '@aws-sdk/client-ec2'

import { sha256Hex } from '../../../base/sha256.ts'
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { select, type FilterTable } from './filters.ts'
import { LISTED } from './members.ts'
import type { Ec2State } from './state.ts'
import { zonesOf } from './zones.ts'

// "AWS services that integrate with AWS PrivateLink": those that EKS clusters, their nodes and add-ons talk to.
const INTERFACES = [
  'acm-pca',
  'aps-workspaces',
  'autoscaling',
  'cloudformation',
  'ec2',
  'ec2messages',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticfilesystem',
  'elasticloadbalancing',
  'events',
  'guardduty-data',
  'kms',
  'lambda',
  'logs',
  'monitoring',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'ssmmessages',
  'sts',
  'xray',
]
const GATEWAYS = ['dynamodb', 's3']

export interface EndpointService {
  /** `com.amazonaws.REGION.SERVICE` */
  readonly name: string
  /** `ec2`, `ecr.api` */
  readonly short: string
  readonly type: 'Interface' | 'Gateway'
  readonly tags: Readonly<Record<string, string>>
}

/** Every service of a region, by name. */
export function endpointServices(region: string): EndpointService[] {
  const rows = (type: EndpointService['type'], names: readonly string[]): EndpointService[] =>
    names.map((short) => ({ name: `com.amazonaws.${region}.${short}`, short, type, tags: {} }))
  return [...rows('Gateway', GATEWAYS), ...rows('Interface', INTERFACES)].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
}

/** The public host of a service, as its private DNS name has it: `api.ecr.REGION.amazonaws.com`. */
export function privateDnsOf({ short }: EndpointService, region: string): string {
  const host = short.split('.').toReversed().join('.')
  return short === 'ecr.dkr' ? `*.${host}.${region}.amazonaws.com` : `${host}.${region}.amazonaws.com`
}

function describe(region: string, service: EndpointService): ServiceDetail {
  const zones = zonesOf(region)
  const dns = privateDnsOf(service, region)
  const isInterface = service.type === 'Interface'
  return {
    ServiceName: service.name,
    ServiceId: `vpce-svc-0${sha256Hex(service.name + service.type, 16)}`,
    ServiceType: [{ ServiceType: service.type }],
    ServiceRegion: region,
    AvailabilityZones: zones.map(({ name }) => name),
    AvailabilityZoneIds: zones.map(({ id }) => id),
    Owner: 'amazon',
    BaseEndpointDnsNames: [isInterface ? `${service.short}.${region}.vpce.amazonaws.com` : dns],
    ...(isInterface
      ? {
          PrivateDnsName: dns,
          PrivateDnsNames: [{ PrivateDnsName: dns }],
          PrivateDnsNameVerificationState: 'verified' as const,
        }
      : {}),
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    SupportedIpAddressTypes: ['ipv4'],
    Tags: [],
  }
}

const SERVICE_FILTERS: FilterTable<EndpointService> = {
  owner: () => 'amazon',
  'service-name': ({ name }) => name,
  'service-region': ({ name }) => name.split('.')[2],
  'service-type': ({ type }) => type,
  'supported-ip-address-types': () => 'ipv4',
}

/** DescribeVpcEndpointServices. @throws AwsError InvalidServiceName */
export const describeVpcEndpointServices = operation<
  Ec2State,
  DescribeVpcEndpointServicesRequest,
  DescribeVpcEndpointServicesResult
>()({
  honours: ['ServiceNames', ...LISTED],
  handle: (input, ec2) => {
    const { region } = ec2.deps
    const all = endpointServices(region)
    const missing = input.ServiceNames?.find((name) => !all.some((each) => each.name === name))
    if (missing !== undefined) {
      throw new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${missing}' does not exist`)
    }
    const records = all.filter(({ name }) => !input.ServiceNames?.length || input.ServiceNames.includes(name))
    const found = select({ records, filters: input.Filters, table: SERVICE_FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      ServiceNames: [...new Set(items.map(({ name }) => name))],
      ServiceDetails: items.map((service) => describe(region, service)),
      NextToken: token,
    }
  },
})
