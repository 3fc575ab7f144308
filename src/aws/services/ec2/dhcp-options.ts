// Owns DHCP options: they are kept, and a VPC says which it has. Machines here ask no DHCP server.
// Source: Amazon VPC User Guide, "DHCP option sets in Amazon VPC".
import type {
  AssociateDhcpOptionsRequest,
  CreateDhcpOptionsRequest,
  CreateDhcpOptionsResult,
  DeleteDhcpOptionsRequest,
  DescribeDhcpOptionsRequest,
  DescribeDhcpOptionsResult,
  DhcpOptions,
  NewDhcpConfiguration,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { invalidParameterValue, missingParameter } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { LISTED, TAGGED } from './members.ts'
import { need, type DhcpOptionsRecord, type Ec2State } from './state.ts'

/** What a VPC has that is with none: Amazon's own server, and the name of the region. */
export const DEFAULT_DHCP_OPTIONS = 'default'

const KEYS = [
  'domain-name-servers',
  'domain-name',
  'ntp-servers',
  'netbios-name-servers',
  'netbios-node-type',
  'ipv6-address-preferred-lease-time',
]

const FILTERS: FilterTable<DhcpOptionsRecord> = {
  'dhcp-options-id': ({ id }) => id,
  key: ({ configurations }) => configurations.map(({ key }) => key),
  value: ({ configurations }) => configurations.flatMap(({ values }) => values),
}

function describe(ec2: Ec2State, record: DhcpOptionsRecord): DhcpOptions {
  return {
    DhcpOptionsId: record.id,
    OwnerId: ec2.deps.accountId,
    DhcpConfigurations: record.configurations.map(({ key, values }) => ({
      Key: key,
      Values: values.map((Value) => ({ Value })),
    })),
    Tags: tagList(record.tags),
  }
}

/** CreateDhcpOptions. @throws AwsError InvalidParameterValue, MissingParameter */
export const createDhcpOptions = operation<Ec2State, CreateDhcpOptionsRequest, CreateDhcpOptionsResult>()({
  honours: [...TAGGED],
  keeps: ['DhcpConfigurations[].Key', 'DhcpConfigurations[].Values'],
  handle: async (input, ec2) => {
    const given = input.DhcpConfigurations ?? []
    if (given.length === 0) throw missingParameter('dhcpConfiguration')
    const record: DhcpOptionsRecord = {
      id: ec2.newId('dhcp-options'),
      configurations: given.map(readConfiguration),
      tags: tagsOfNew(input.TagSpecifications, 'dhcp-options'),
    }
    await ec2.dhcpOptions.put(record.id, record)
    return { DhcpOptions: describe(ec2, record) }
  },
})

function readConfiguration({ Key: key = '', Values: values = [] }: NewDhcpConfiguration): {
  key: string
  values: readonly string[]
} {
  if (!KEYS.includes(key))
    throw invalidParameterValue(`Value (${key}) for parameter name is invalid. Unknown DHCP option`)
  if (key === 'netbios-node-type' && values.some((value) => !['1', '2', '4', '8'].includes(value))) {
    throw invalidParameterValue(
      `Value (${values.join()}) for parameter value is invalid. Invalid NetBIOS node type`,
    )
  }
  // "You can specify up to four …" of servers of each kind.
  if (key.endsWith('servers') && values.length > 4) {
    throw invalidParameterValue(`Value (${values.join()}) for parameter value is invalid. Too many values`)
  }
  return { key, values }
}

/** DescribeDhcpOptions. @throws AwsError InvalidDhcpOptionID.NotFound, InvalidDhcpOptionsId.Malformed */
export const describeDhcpOptions = operation<
  Ec2State,
  DescribeDhcpOptionsRequest,
  DescribeDhcpOptionsResult
>()({
  honours: ['DhcpOptionsIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('dhcp-options', ec2.dhcpOptions.listByAge(), input.DhcpOptionsIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { DhcpOptions: items.map((record) => describe(ec2, record)), NextToken: token }
  },
})

/** DeleteDhcpOptions. @throws AwsError DependencyViolation, InvalidDhcpOptionID.NotFound, InvalidDhcpOptionsId.Malformed */
export const deleteDhcpOptions = operation<Ec2State, DeleteDhcpOptionsRequest, void>()({
  honours: ['DhcpOptionsId'],
  handle: async ({ DhcpOptionsId: id = '' }, ec2) => {
    if (!id.startsWith('dopt-')) {
      throw new AwsError('InvalidDhcpOptionsId.Malformed', `Invalid id: "${id}" (expecting "dopt-...")`)
    }
    await ec2.deps.store.transact((tx) => {
      need(ec2.dhcpOptions, 'dhcp-options', id)
      if (ec2.vpcs.list().some(({ dhcpOptionsId }) => dhcpOptionsId === id)) {
        throw new AwsError(
          'DependencyViolation',
          `The dhcpOptions '${id}' has dependencies and cannot be deleted.`,
        )
      }
      ec2.dhcpOptions.deleteIn(tx, id)
    })
  },
})

/** AssociateDhcpOptions, `default` for none. @throws AwsError InvalidDhcpOptionID.NotFound, InvalidVpcID.NotFound */
export const associateDhcpOptions = operation<Ec2State, AssociateDhcpOptionsRequest, void>()({
  honours: ['DhcpOptionsId', 'VpcId'],
  handle: async ({ DhcpOptionsId: id = '', VpcId: vpcId }, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const isDefault = id === DEFAULT_DHCP_OPTIONS
      if (!isDefault) need(ec2.dhcpOptions, 'dhcp-options', id)
      const { dhcpOptionsId: _before, ...vpc } = need(ec2.vpcs, 'vpc', vpcId)
      ec2.vpcs.putIn(tx, vpc.id, isDefault ? vpc : { ...vpc, dhcpOptionsId: id })
    })
  },
})
