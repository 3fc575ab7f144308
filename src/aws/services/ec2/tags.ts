// Owns tags of resources of every type.
import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType as SdkResourceType,
} from '@aws-sdk/client-ec2'

import type { Table } from '../../../store/table.ts'
import { operation } from '../../protocol/operation.ts'
import { LISTED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { KINDS, notFound, type ResourceType } from './errors.ts'
import { select, type FilterTable } from './filters.ts'
import type { Ec2State, Tags } from './state.ts'

const MAX_TAGS = 50

interface Tagged {
  readonly id: string
  readonly tags: Tags
}

interface Place {
  readonly table: Table<Tagged>
  readonly key: string
}

function tables(ec2: Ec2State): Readonly<Partial<Record<ResourceType, Table<Tagged>>>> {
  // Each table holds more than this; only id and tags are touched, the rest is carried along.
  const entries = {
    vpc: ec2.vpcs,
    subnet: ec2.subnets,
    'route-table': ec2.routeTables,
    'internet-gateway': ec2.internetGateways,
    'egress-only-internet-gateway': ec2.egressOnlyGateways,
    natgateway: ec2.natGateways,
    'elastic-ip': ec2.addresses,
    'security-group': ec2.groups,
    'security-group-rule': ec2.rules,
    'network-interface': ec2.interfaces,
    instance: ec2.instances,
    volume: ec2.volumes,
    snapshot: ec2.snapshots,
    image: ec2.images,
    'launch-template': ec2.launchTemplates,
    'key-pair': ec2.keyPairs,
    'network-acl': ec2.networkAcls,
    'placement-group': ec2.placementGroups,
    'vpc-endpoint': ec2.vpcEndpoints,
    'dhcp-options': ec2.dhcpOptions,
    'prefix-list': ec2.prefixLists,
    fleet: ec2.fleets,
  }
  return entries as unknown as Partial<Record<ResourceType, Table<Tagged>>>
}

function placeOf(ec2: Ec2State, id: string): Place {
  for (const [name, table] of Object.entries(tables(ec2))) {
    const type = name as ResourceType
    if (!id.startsWith(`${KINDS[type].prefix}-`)) continue
    const row = table.rows().find(({ value }) => value.id === id)
    if (row) return { table, key: row.key }
    if (/-[0-9a-f-]+$/.test(id)) throw notFound(type, id)
  }
  throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
}

// A wrong id among them changes nothing.
async function change(ec2: Ec2State, ids: readonly string[], next: (tags: Tags) => Tags): Promise<void> {
  await ec2.deps.store.transact((tx) => {
    for (const id of ids) {
      const { table, key } = placeOf(ec2, id)
      table.updateIn(tx, key, (record) => ({ ...record, tags: next(record.tags) }))
    }
  })
}

export const createTags = operation<Ec2State, CreateTagsRequest, void>()({
  honours: ['Resources', 'Tags[].Key', 'Tags[].Value'],
  handle: async (input, ec2) => {
    const added = Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
    const reserved = Object.keys(added).find((key) => key.startsWith('aws:'))
    if (reserved !== undefined) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ( ${reserved} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      )
    }
    await change(ec2, input.Resources ?? [], (tags) => withinLimit({ ...tags, ...added }))
  },
})

// Tags of AWS itself don't count (EC2 user guide, "Tag restrictions").
function withinLimit(tags: Tags): Tags {
  if (Object.keys(tags).filter((key) => !key.startsWith('aws:')).length <= MAX_TAGS) return tags
  throw new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.')
}

/** A tag given with a value goes only if it has that value; without tags all of them go. */
export const deleteTags = operation<Ec2State, DeleteTagsRequest, void>()({
  honours: ['Resources', 'Tags[].Key', 'Tags[].Value'],
  handle: async (input, ec2) => {
    const doomed = input.Tags
    await change(ec2, input.Resources ?? [], (tags) =>
      Object.fromEntries(
        Object.entries(tags).filter(
          ([key, value]) =>
            key.startsWith('aws:') ||
            (doomed && !doomed.some((tag) => tag.Key === key && (tag.Value ?? value) === value)),
        ),
      ),
    )
  },
})

interface TagRow {
  readonly type: ResourceType
  readonly id: string
  readonly key: string
  readonly value: string
  readonly tags: Tags
}

const FILTERS: FilterTable<TagRow> = {
  key: ({ key }) => key,
  'resource-id': ({ id }) => id,
  'resource-type': ({ type }) => type,
  value: ({ value }) => value,
}

export const describeTags = operation<Ec2State, DescribeTagsRequest, DescribeTagsResult>()({
  honours: [...LISTED],
  handle: (input, ec2) => {
    const records = Object.entries(tables(ec2)).flatMap(([type, table]) =>
      table.list().flatMap(({ id, tags }) =>
        Object.entries(tags).map(([key, value]): TagRow => {
          return { type: type as ResourceType, id, key, value, tags: { [key]: value } }
        }),
      ),
    )
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      Tags: items.map(({ type, id, key, value }) => ({
        ResourceId: id,
        ResourceType: type as SdkResourceType,
        Key: key,
        Value: value,
      })),
      NextToken: token,
    }
  },
})
