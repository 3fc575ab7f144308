// Owns prefix lists as they are read: those of AWS, and those that customers manage.
// Sources: VPC user guide, "Managed prefix lists", "AWS-managed prefix lists".
import type {
  DescribeManagedPrefixListsRequest,
  DescribeManagedPrefixListsResult,
  DescribePrefixListsRequest,
  DescribePrefixListsResult,
  GetManagedPrefixListAssociationsRequest,
  GetManagedPrefixListAssociationsResult,
  GetManagedPrefixListEntriesRequest,
  GetManagedPrefixListEntriesResult,
  ManagedPrefixList,
  PrefixListState,
} from '@aws-sdk/client-ec2'

import { sha256Hex } from '../../../base/sha256.ts'
import { AwsError } from '../../../base/errors.ts'
import {
  CLOUDFRONT_ORIGIN_FACING,
  CLOUDFRONT_PREFIX_LISTS,
  CLOUDFRONT_WEIGHT,
} from '../../../rules/regions/cloudfront-prefix-lists.ts'
import type { Table } from '../../../store/table.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { endpointServices, type EndpointService } from './endpoint-services.ts'
import { invalidParameterValue } from './errors.ts'
import { byIds, select, tagList, type FilterTable } from './filters.ts'
import { LISTED } from './members.ts'
import type { PrefixListEntry, PrefixListRecord } from './prefix-list-record.ts'
import type { Ec2State, RuleRecord, Tags } from './state.ts'

/** What AWS's lists and those of customers have in common. */
export interface PrefixList {
  readonly id: string
  readonly name: string
  readonly tags: Tags
  readonly family: 'IPv4' | 'IPv6'
  /** Those of now. */
  readonly entries: readonly PrefixListEntry[]
  /** How many rules of a security group a rule with this list counts as. */
  readonly weight: number
  /** Undefined: AWS's own. */
  readonly own?: PrefixListRecord
}

// Addresses of the services are not ours to tell: those of documentation stand for them (RFC 5737).
const AWS_ENTRIES = [{ cidr: '198.51.100.0/24' }]

/** The prefix list of a gateway's service. */
export function prefixListOf({ name }: EndpointService): string {
  return `pl-${sha256Hex(name, 8)}`
}

function listsOfAws(region: string): PrefixList[] {
  const shared = { tags: {}, family: 'IPv4', entries: AWS_ENTRIES } as const
  const cloudFront = CLOUDFRONT_PREFIX_LISTS[region]
  const gateways = endpointServices(region).filter(({ type }) => type === 'Gateway')
  return [
    ...gateways.map((service) => ({ ...shared, id: prefixListOf(service), name: service.name, weight: 1 })),
    ...(cloudFront === undefined
      ? []
      : [{ ...shared, id: cloudFront, name: CLOUDFRONT_ORIGIN_FACING, weight: CLOUDFRONT_WEIGHT }]),
  ]
}

function listOfRecord(own: PrefixListRecord): PrefixList {
  const { id, name, tags, family, maxEntries, versions } = own
  return { id, name, tags, family, entries: versions.at(-1) ?? [], weight: maxEntries, own }
}

function allLists(ec2: Ec2State): PrefixList[] {
  return [...listsOfAws(ec2.deps.region), ...ec2.prefixLists.listByAge().map(listOfRecord)]
}

/** The list of an id; undefined when there is none. */
export function findPrefixList(ec2: Ec2State, id: string): PrefixList | undefined {
  const own = ec2.prefixLists.get(id)
  return own ? listOfRecord(own) : listsOfAws(ec2.deps.region).find((each) => each.id === id)
}

/** The list that an operation on lists names. @throws AwsError InvalidPrefixListID.NotFound, in its own words */
export function managedPrefixList(ec2: Ec2State, id = ''): PrefixList {
  const list = findPrefixList(ec2, id)
  if (!list) {
    throw new AwsError('InvalidPrefixListID.NotFound', `The prefix list (${id}) does not exist.`)
  }
  return list
}

/**
 * The IPv4 blocks that a rule names, itself or by a list of the account. Behind AWS's lists are services that reach nothing here.
 */
export function blocksOf(
  { cidr, prefixListId }: Pick<RuleRecord, 'cidr' | 'prefixListId'>,
  lists: Pick<Table<PrefixListRecord>, 'get'>,
): readonly string[] {
  if (cidr !== undefined) return [cidr]
  const list = prefixListId === undefined ? undefined : lists.get(prefixListId)
  return list?.family === 'IPv4' ? (list.versions.at(-1) ?? []).map((entry) => entry.cidr) : []
}

/** The groups whose rules name a list, each once. */
export function groupsWith(ec2: Ec2State, id: string): readonly string[] {
  const rules = ec2.rules.list().filter(({ prefixListId }) => prefixListId === id)
  return [...new Set(rules.map(({ groupId }) => groupId))]
}

/** A list as answers carry it; `state` while a change of it is told. */
export function describeList(ec2: Ec2State, list: PrefixList, state?: PrefixListState): ManagedPrefixList {
  const { region, accountId } = ec2.deps
  const { id, name, family, own } = list
  const shared = {
    PrefixListId: id,
    PrefixListName: name,
    AddressFamily: family,
    Tags: tagList(list.tags),
  }
  if (!own) {
    const PrefixListArn = `arn:aws:ec2:${region}:aws:prefix-list/${id}`
    return { ...shared, PrefixListArn, State: 'create-complete', OwnerId: 'AWS' }
  }
  return {
    ...shared,
    PrefixListArn: ec2.arn('prefix-list', id),
    State: state ?? own.state,
    ...(own.stateMessage === undefined ? {} : { StateMessage: own.stateMessage }),
    MaxEntries: own.maxEntries,
    Version: own.versions.length,
    OwnerId: accountId,
  }
}

const filtersOf = ({ accountId }: Ec2State['deps']): FilterTable<PrefixList> => ({
  'owner-id': ({ own }) => (own ? accountId : 'AWS'),
  'prefix-list-id': ({ id }) => id,
  'prefix-list-name': ({ name }) => name,
})

/** DescribePrefixLists: those of AWS. @throws AwsError InvalidPrefixListID.NotFound */
export const describePrefixLists = operation<
  Ec2State,
  DescribePrefixListsRequest,
  DescribePrefixListsResult
>()({
  honours: ['PrefixListIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('prefix-list', listsOfAws(ec2.deps.region), input.PrefixListIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2.deps) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      PrefixLists: items.map(({ id, name, entries }) => ({
        PrefixListId: id,
        PrefixListName: name,
        Cidrs: entries.map(({ cidr }) => cidr),
      })),
      NextToken: token,
    }
  },
})

/** DescribeManagedPrefixLists: those of AWS, then those of the account. @throws AwsError InvalidPrefixListID.NotFound */
export const describeManagedPrefixLists = operation<
  Ec2State,
  DescribeManagedPrefixListsRequest,
  DescribeManagedPrefixListsResult
>()({
  honours: ['PrefixListIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('prefix-list', allLists(ec2), input.PrefixListIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2.deps) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { PrefixLists: items.map((list) => describeList(ec2, list)), NextToken: token }
  },
})

/**
 * GetManagedPrefixListEntries, of the version that is asked for.
 * @throws AwsError InvalidPrefixListID.NotFound, InvalidParameterValue
 */
export const getManagedPrefixListEntries = operation<
  Ec2State,
  GetManagedPrefixListEntriesRequest,
  GetManagedPrefixListEntriesResult
>()({
  honours: ['PrefixListId', 'TargetVersion', 'NextToken', 'MaxResults'],
  handle: (input, ec2) => {
    const { own, entries } = managedPrefixList(ec2, input.PrefixListId)
    const version = input.TargetVersion
    const wanted = version === undefined ? entries : own?.versions[version - 1]
    if (!wanted) throw invalidParameterValue(`The specified value for version is not valid: ${version}.`)
    const { items, token } = paginate(wanted, { token: input.NextToken, limit: input.MaxResults })
    return {
      Entries: items.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })),
      NextToken: token,
    }
  },
})

/** GetManagedPrefixListAssociations: the security groups that name a list. @throws AwsError InvalidPrefixListID.NotFound */
export const getManagedPrefixListAssociations = operation<
  Ec2State,
  GetManagedPrefixListAssociationsRequest,
  GetManagedPrefixListAssociationsResult
>()({
  honours: ['PrefixListId', 'NextToken', 'MaxResults'],
  handle: (input, ec2) => {
    const groups = groupsWith(ec2, managedPrefixList(ec2, input.PrefixListId).id)
    const { items, token } = paginate(groups, { token: input.NextToken, limit: input.MaxResults })
    return {
      PrefixListAssociations: items.map((id) => ({ ResourceId: id, ResourceOwner: ec2.deps.accountId })),
      NextToken: token,
    }
  },
})
