// Owns what a region offers: regions, zones, account attributes.
import type {
  AvailabilityZone,
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { FILTERED } from './members.ts'
import { defaultVpc } from './defaults.ts'
import { invalidParameterValue } from './errors.ts'
import { select, type FilterTable } from './filters.ts'
import type { Ec2State } from './state.ts'
import { regionNames, zonesOf, type Zone } from './zones.ts'

interface Named {
  readonly tags: Readonly<Record<string, string>>
}

/** EC2's API version of a region that needs no opting in; the ones that do are shown all the same. */
export const describeRegions = operation<Ec2State, DescribeRegionsRequest, DescribeRegionsResult>()({
  honours: ['RegionNames', 'AllRegions', ...FILTERED],
  handle: (input) => {
    const records = regionNames().map((name) => ({ name, tags: {} }))
    const unknown = input.RegionNames?.find((name) => !regionNames().includes(name))
    if (unknown !== undefined) throw invalidParameterValue(`Invalid region provided: '${unknown}'`)
    const table: FilterTable<Named & { name: string }> = {
      endpoint: ({ name }) => `ec2.${name}.amazonaws.com`,
      'opt-in-status': () => 'opt-in-not-required',
      'region-name': ({ name }) => name,
    }
    const found = select({ records, filters: input.Filters, table })
    return {
      Regions: found
        .filter(({ name }) => !input.RegionNames || input.RegionNames.includes(name))
        .map(({ name }) => ({
          RegionName: name,
          Endpoint: `ec2.${name}.amazonaws.com`,
          OptInStatus: 'opt-in-not-required',
        })),
    }
  },
})

export const describeAvailabilityZones = operation<
  Ec2State,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult
>()({
  honours: ['ZoneNames', 'ZoneIds', 'AllAvailabilityZones', ...FILTERED],
  handle: (input, ec2) => {
    const { region } = ec2.deps
    const zones = zonesOf(region)
    const unknown =
      input.ZoneNames?.find((name) => !zones.some((zone) => zone.name === name)) ??
      input.ZoneIds?.find((id) => !zones.some((zone) => zone.id === id))
    if (unknown !== undefined) throw invalidParameterValue(`Invalid availability zone: [${unknown}]`)
    const records = zones
      .filter(({ name }) => !input.ZoneNames || input.ZoneNames.includes(name))
      .filter(({ id }) => !input.ZoneIds || input.ZoneIds.includes(id))
      .map((zone) => ({ ...zone, tags: {} }))
    const table: FilterTable<Zone & Named> = {
      'group-name': () => `${region}-zg-1`,
      'opt-in-status': () => 'opt-in-not-required',
      'region-name': () => region,
      state: () => 'available',
      'zone-id': ({ id }) => id,
      'zone-name': ({ name }) => name,
      'zone-type': () => 'availability-zone',
    }
    return {
      AvailabilityZones: select({ records, filters: input.Filters, table }).map((zone) =>
        describeZone(region, zone),
      ),
    }
  },
})

function describeZone(region: string, { name, id }: Zone): AvailabilityZone {
  return {
    ZoneName: name,
    ZoneId: id,
    RegionName: region,
    ZoneType: 'availability-zone',
    State: 'available',
    OptInStatus: 'opt-in-not-required',
    GroupName: `${region}-zg-1`,
    NetworkBorderGroup: region,
    Messages: [],
  }
}

export const describeAccountAttributes = operation<
  Ec2State,
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult
>()({
  honours: ['AttributeNames'],
  handle: (input, ec2) => {
    const attribute = (AttributeName: string, AttributeValue: string) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue }],
    })
    const all = [
      attribute('supported-platforms', 'VPC'),
      attribute('default-vpc', defaultVpc(ec2)?.id ?? 'none'),
      attribute('max-instances', '20'),
      attribute('vpc-max-security-groups-per-interface', '5'),
      attribute('max-elastic-ips', '5'),
      attribute('vpc-max-elastic-ips', '5'),
    ]
    const names: readonly string[] | undefined = input.AttributeNames
    return { AccountAttributes: all.filter(({ AttributeName }) => !names || names.includes(AttributeName)) }
  },
})
