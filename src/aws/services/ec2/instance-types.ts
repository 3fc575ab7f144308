// Owns DescribeInstanceTypes and DescribeInstanceTypeOfferings.
import type {
  _InstanceType,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeSpotPriceHistoryRequest,
  DescribeSpotPriceHistoryResult,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import {
  coresOf,
  instanceType,
  instanceTypeNames,
  networkCardsOf,
  typeDetails,
  type InstanceType,
  type TypeDetails,
} from '../../../rules/nodes/instance-types.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { select, type FilterTable } from './filters.ts'
import { LISTED } from './members.ts'
import type { Ec2State } from './state.ts'
import { zonesOf } from './zones.ts'

interface Named {
  readonly tags: Readonly<Record<string, string>>
}

type Row = InstanceType & Named

function architectures({ arch }: InstanceType, { i386 }: TypeDetails): ('arm64' | 'i386' | 'x86_64')[] {
  if (arch === 'arm64') return ['arm64']
  return i386 ? ['i386', 'x86_64'] : ['x86_64']
}

function usageClasses({ noSpot }: TypeDetails): ('on-demand' | 'spot')[] {
  return noSpot ? ['on-demand'] : ['on-demand', 'spot']
}

function isBareMetal({ name }: InstanceType): boolean {
  return name.includes('.metal')
}

function describe(type: InstanceType): InstanceTypeInfo {
  const details = typeDetails(type.name)
  const cores = coresOf(type)
  const isXen = details.hypervisor === 'xen'
  return {
    // Types newer than the SDK's enumeration are named all the same.
    InstanceType: type.name as _InstanceType,
    CurrentGeneration: details.previous !== true,
    BareMetal: isBareMetal(type),
    BurstablePerformanceSupported: details.burstable === true,
    ...(isBareMetal(type) ? {} : { Hypervisor: isXen ? ('xen' as const) : ('nitro' as const) }),
    ProcessorInfo: { SupportedArchitectures: architectures(type, details) },
    VCpuInfo: {
      DefaultVCpus: type.vcpu,
      DefaultCores: cores,
      DefaultThreadsPerCore: Math.max(1, Math.round(type.vcpu / cores)),
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    NetworkInfo: networkOf(type, details),
    EbsInfo: {
      EbsOptimizedSupport: isXen ? 'supported' : 'default',
      EncryptionSupport: 'supported',
      NvmeSupport: isXen ? 'unsupported' : 'required',
    },
    ...acceleratorsOf(details),
    ...disksOf(details),
    PlacementGroupInfo: { SupportedStrategies: strategiesOf(type, details) },
    SupportedUsageClasses: usageClasses(details),
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
  }
}

// EC2 user guide, "Placement strategies": burstable and flexible types, and the first families, are in no cluster.
const IN_NO_CLUSTER = /^(?:c1|m1|m2|m3|mac\w*|t1)\.|-flex\./

function strategiesOf(
  { name }: InstanceType,
  { burstable }: TypeDetails,
): ('cluster' | 'partition' | 'spread')[] {
  const isInNone = burstable === true || IN_NO_CLUSTER.test(name)
  return isInNone ? ['partition', 'spread'] : ['cluster', 'partition', 'spread']
}

function networkOf(type: InstanceType, details: TypeDetails): InstanceTypeInfo['NetworkInfo'] {
  const cards = networkCardsOf(type.name)
  return {
    NetworkPerformance: details.network,
    MaximumNetworkInterfaces: type.enis,
    MaximumNetworkCards: cards,
    DefaultNetworkCardIndex: 0,
    // What share of the whole bandwidth each of several cards has is not known here.
    NetworkCards: Array.from({ length: cards }, (_, NetworkCardIndex) => ({
      NetworkCardIndex,
      ...(cards === 1 ? { NetworkPerformance: details.network } : {}),
      MaximumNetworkInterfaces: Math.floor(type.enis / cards),
    })),
    Ipv4AddressesPerInterface: type.ipv4PerEni,
    Ipv6AddressesPerInterface: details.noIpv6 ? 0 : type.ipv4PerEni,
    Ipv6Supported: details.noIpv6 !== true,
    EnaSupport: details.hypervisor === 'xen' ? 'unsupported' : 'required',
    EfaSupported: details.efa === true,
  }
}

function acceleratorsOf({ gpus, neuron }: TypeDetails): Pick<InstanceTypeInfo, 'GpuInfo' | 'NeuronInfo'> {
  if (gpus) {
    const [Count, Manufacturer, Name, SizeInMiB] = gpus
    return {
      GpuInfo: {
        Gpus: [{ Count, Manufacturer, Name, MemoryInfo: { SizeInMiB } }],
        TotalGpuMemoryInMiB: Count * SizeInMiB,
      },
    }
  }
  if (!neuron) return {}
  const [Count, Name, cores, SizeInMiB] = neuron
  return {
    NeuronInfo: {
      NeuronDevices: [{ Count, Name, CoreInfo: { Count: cores }, MemoryInfo: { SizeInMiB } }],
      TotalNeuronDeviceMemoryInMiB: Count * SizeInMiB,
    },
  }
}

function disksOf({
  disks,
}: TypeDetails): Pick<InstanceTypeInfo, 'InstanceStorageSupported' | 'InstanceStorageInfo'> {
  if (!disks) return { InstanceStorageSupported: false }
  const [Count, SizeInGB, Type] = disks
  return {
    InstanceStorageSupported: true,
    InstanceStorageInfo: { TotalSizeInGB: Count * SizeInGB, Disks: [{ Count, SizeInGB, Type }] },
  }
}

// DescribeInstanceTypes, request parameter Filter.N.
const FILTERS: FilterTable<Row> = {
  'bare-metal': isBareMetal,
  'burstable-performance-supported': ({ name }) => typeDetails(name).burstable === true,
  'current-generation': ({ name }) => typeDetails(name).previous !== true,
  hypervisor: (type) => describe(type).Hypervisor,
  'instance-storage-supported': ({ name }) => typeDetails(name).disks !== undefined,
  'instance-type': ({ name }) => name,
  'memory-info.size-in-mib': ({ memoryMiB }) => memoryMiB,
  'network-info.efa-supported': ({ name }) => typeDetails(name).efa === true,
  'network-info.ena-support': (type) => describe(type).NetworkInfo?.EnaSupport,
  'network-info.ipv4-addresses-per-interface': ({ ipv4PerEni }) => ipv4PerEni,
  'network-info.maximum-network-interfaces': ({ enis }) => enis,
  'processor-info.supported-architecture': (type) => architectures(type, typeDetails(type.name)),
  'supported-root-device-type': () => 'ebs',
  'supported-usage-class': ({ name }) => usageClasses(typeDetails(name)),
  'supported-virtualization-type': () => 'hvm',
  'vcpu-info.default-cores': coresOf,
  'vcpu-info.default-vcpus': ({ vcpu }) => vcpu,
}

/** @throws AwsError InvalidInstanceType, InvalidParameterValue */
export const describeInstanceTypes = operation<
  Ec2State,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult
>()({
  honours: ['InstanceTypes', ...LISTED],
  handle: (input) => {
    const names: readonly string[] = input.InstanceTypes?.length ? input.InstanceTypes : instanceTypeNames()
    const unknown = names.filter((name) => !instanceType(name))
    if (unknown.length > 0) {
      throw new AwsError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
      )
    }
    const records = names.flatMap((name) => instanceType(name) ?? []).map((type) => ({ ...type, tags: {} }))
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { InstanceTypes: items.map(describe), NextToken: token }
  },
})

/**
 * DescribeSpotPriceHistory: none, as no prices of Spot capacity are known here. Who asks falls back on On-Demand prices.
 */
export const describeSpotPriceHistory = operation<
  Ec2State,
  DescribeSpotPriceHistoryRequest,
  DescribeSpotPriceHistoryResult
>()({
  honours: [],
  // They narrow what is empty.
  keeps: [
    'InstanceTypes',
    'ProductDescriptions',
    'AvailabilityZone',
    'AvailabilityZoneId',
    'StartTime',
    'EndTime',
    ...LISTED,
  ],
  handle: ({ NextToken: token }) => {
    paginate([], { token: token === '' ? undefined : token })
    return { SpotPriceHistory: [], NextToken: '' }
  },
})

type Offering = { readonly type: string; readonly location: string } & Named

const OFFERING_FILTERS: FilterTable<Offering> = {
  'instance-type': ({ type }) => type,
  location: ({ location }) => location,
}

/** Every known type is offered in every zone. */
export const describeInstanceTypeOfferings = operation<
  Ec2State,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult
>()({
  honours: ['LocationType', ...LISTED],
  handle: (input, ec2) => {
    const { region } = ec2.deps
    const kind = input.LocationType ?? 'region'
    const locations =
      kind === 'region'
        ? [region]
        : zonesOf(region).map((zone) => (kind === 'availability-zone-id' ? zone.id : zone.name))
    const records = instanceTypeNames().flatMap((type) =>
      locations.map((location): Offering => ({ type, location, tags: {} })),
    )
    const found = select({ records, filters: input.Filters, table: OFFERING_FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      InstanceTypeOfferings: items.map(({ type, location }) => ({
        InstanceType: type as _InstanceType,
        Location: location,
        LocationType: kind,
      })),
      NextToken: token,
    }
  },
})
