import type {
  CreateManagedPrefixListResult,
  CreateSecurityGroupResult,
  DescribeManagedPrefixListsResult,
  DescribePrefixListsResult,
  GetManagedPrefixListAssociationsResult,
  GetManagedPrefixListEntriesResult,
  ManagedPrefixList,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const { endpoint } = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const create = async (cidrs: readonly string[], more: object = {}): Promise<ManagedPrefixList> => {
    const { PrefixList } = await call<CreateManagedPrefixListResult>('CreateManagedPrefixList', {
      PrefixListName: 'office',
      AddressFamily: 'IPv4',
      MaxEntries: 3,
      Entries: cidrs.map((Cidr) => ({ Cidr })),
      ...more,
    })
    return PrefixList ?? {}
  }
  const look = async (input: object): Promise<readonly ManagedPrefixList[]> =>
    (await call<DescribeManagedPrefixListsResult>('DescribeManagedPrefixLists', input)).PrefixLists ?? []
  const entries = async (PrefixListId?: string, TargetVersion?: number) => {
    const input = { PrefixListId, ...(TargetVersion === undefined ? {} : { TargetVersion }) }
    const answer = await call<GetManagedPrefixListEntriesResult>('GetManagedPrefixListEntries', input)
    return answer.Entries?.map(({ Cidr }) => Cidr)
  }
  const group = async (): Promise<string> => {
    const { Vpc } = await call<{ Vpc: { VpcId: string } }>('CreateVpc', { CidrBlock: '10.0.0.0/16' })
    const input = { GroupName: 'g', Description: 'g', VpcId: Vpc.VpcId }
    return (await call<CreateSecurityGroupResult>('CreateSecurityGroup', input)).GroupId ?? ''
  }
  const permit = (GroupId: string, PrefixListId: string | undefined, FromPort = 80) =>
    call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort, ToPort: FromPort, PrefixListIds: [{ PrefixListId }] }],
    })
  return { call, create, look, entries, group, permit }
}

describe('a prefix list', () => {
  it('is made, found and shown with its version', async () => {
    const { create, look, entries } = await place()
    const TagSpecifications = [{ ResourceType: 'prefix-list', Tags: [{ Key: 'Name', Value: 'a' }] }]
    const made = await create(['203.0.113.7/24'], { TagSpecifications })
    expect(made).toMatchObject({
      State: 'create-in-progress',
      Version: 1,
      MaxEntries: 3,
      OwnerId: '111122223333',
    })
    expect(made.PrefixListId).toMatch(/^pl-0[0-9a-f]{16}$/)
    const [found] = await look({ Filters: [{ Name: 'tag:Name', Values: ['a'] }] })
    expect(found).toMatchObject({ PrefixListId: made.PrefixListId, State: 'create-complete' })
    expect(await entries(made.PrefixListId)).toEqual(['203.0.113.0/24'])
  })

  it('of one token is made once', async () => {
    const { create, look } = await place()
    const [a, b] = [await create([], { ClientToken: 't' }), await create([], { ClientToken: 't' })]
    expect(a.PrefixListId).toBe(b.PrefixListId)
    expect(await look({ Filters: [{ Name: 'prefix-list-name', Values: ['office'] }] })).toHaveLength(1)
    await expect(create(['1.0.0.0/8'], { ClientToken: 't' })).rejects.toMatchObject({
      code: 'IdempotentParameterMismatch',
    })
  })

  it('keeps the entries of each version', async () => {
    const { call, create, look, entries } = await place()
    const { PrefixListId } = await create(['10.0.0.0/8'])
    const change = (input: object) => call('ModifyManagedPrefixList', { PrefixListId, ...input })
    await change({
      CurrentVersion: 1,
      AddEntries: [{ Cidr: '11.0.0.0/8' }],
      RemoveEntries: [{ Cidr: '10.0.0.0/8' }],
    })
    expect(await entries(PrefixListId)).toEqual(['11.0.0.0/8'])
    expect(await entries(PrefixListId, 1)).toEqual(['10.0.0.0/8'])
    await change({ PrefixListName: 'home', CurrentVersion: 2 })
    await call('RestoreManagedPrefixListVersion', { PrefixListId, PreviousVersion: 1, CurrentVersion: 2 })
    expect(await entries(PrefixListId)).toEqual(['10.0.0.0/8'])
    expect(await look({ PrefixListIds: [PrefixListId] })).toMatchObject([
      { Version: 3, PrefixListName: 'home', State: 'restore-complete' },
    ])
    await expect(change({ CurrentVersion: 1, AddEntries: [{ Cidr: '12.0.0.0/8' }] })).rejects.toMatchObject({
      code: 'PrefixListVersionMismatch',
      message: 'The prefix list has the incorrect version number.',
    })
    await expect(change({ MaxEntries: 9, AddEntries: [{ Cidr: '12.0.0.0/8' }] })).rejects.toMatchObject({
      code: 'InvalidParameterCombination',
    })
  })

  it.each<[string, object, string]>([
    ['of more entries than it takes', { MaxEntries: 1 }, 'PrefixListMaxEntriesExceeded'],
    ['of a name of Amazon', { PrefixListName: 'com.amazonaws.x' }, 'InvalidParameterValue'],
    ['of another family', { AddressFamily: 'IPv6' }, 'InvalidParameterValue'],
    ['of a block that is none', { Entries: [{ Cidr: '10.0.0.0' }] }, 'InvalidParameterValue'],
    ['of no size', { MaxEntries: undefined }, 'MissingParameter'],
    [
      'of 101 entries in one request',
      { MaxEntries: 1000, Entries: Array.from({ length: 101 }, (_, n) => ({ Cidr: `10.0.${n}.0/24` })) },
      'InvalidParameterValue',
    ],
  ])('%s is refused', async (_, more, code) => {
    const { create } = await place()
    await expect(create(['10.0.0.0/8', '11.0.0.0/8'], more)).rejects.toMatchObject({ code })
  })

  it('of IPv6 has blocks of IPv6', async () => {
    const { create, entries } = await place()
    const { PrefixListId } = await create(['2001:db8:0:0::/48'], { AddressFamily: 'IPv6' })
    expect(await entries(PrefixListId)).toEqual(['2001:db8::/48'])
    await expect(create(['2001:db8::/200'], { AddressFamily: 'IPv6' })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    })
  })
})

describe('a rule with a prefix list', () => {
  it('counts as many rules as the list may have entries', async () => {
    const { create, group, permit } = await place()
    const { PrefixListId } = await create([], { MaxEntries: 30 })
    const GroupId = await group()
    await permit(GroupId, PrefixListId, 80)
    await permit(GroupId, PrefixListId, 81)
    await expect(permit(GroupId, PrefixListId, 82)).rejects.toMatchObject({
      code: 'RulesPerSecurityGroupLimitExceeded',
    })
  })

  it('is refused where there is no such list', async () => {
    const { group, permit } = await place()
    await expect(permit(await group(), 'pl-0123456789abcdef0')).rejects.toMatchObject({
      code: 'InvalidPrefixListID.NotFound',
      message: "The prefix list ID 'pl-0123456789abcdef0' does not exist",
    })
  })

  it('keeps the list from being removed, which says who', async () => {
    const { call, create, look, group, permit } = await place()
    const { PrefixListId } = await create(['10.0.0.0/8'])
    const GroupId = await group()
    await permit(GroupId, PrefixListId)
    const { PrefixListAssociations } = await call<GetManagedPrefixListAssociationsResult>(
      'GetManagedPrefixListAssociations',
      { PrefixListId },
    )
    expect(PrefixListAssociations).toEqual([{ ResourceId: GroupId, ResourceOwner: '111122223333' }])
    const remove = () => call('DeleteManagedPrefixList', { PrefixListId })
    await remove()
    expect(await look({ PrefixListIds: [PrefixListId] })).toMatchObject([
      { State: 'delete-failed', StateMessage: expect.stringContaining(GroupId) },
    ])
    await call('DeleteSecurityGroup', { GroupId })
    await remove()
    await expect(remove()).rejects.toMatchObject({ code: 'InvalidPrefixListID.NotFound' })
  })
})

describe('prefix lists of AWS', () => {
  it('are those of gateways and of CloudFront, and stay as they are', async () => {
    const { call, look, group, permit } = await place()
    const lists = await look({ Filters: [{ Name: 'owner-id', Values: ['AWS'] }] })
    expect(lists.map(({ PrefixListName }) => PrefixListName)).toEqual([
      'com.amazonaws.ap-southeast-1.dynamodb',
      'com.amazonaws.ap-southeast-1.s3',
      'com.amazonaws.global.cloudfront.origin-facing',
    ])
    const { PrefixLists = [] } = await call<DescribePrefixListsResult>('DescribePrefixLists')
    expect(PrefixLists.map(({ PrefixListId }) => PrefixListId)).toContain('pl-31a34658')
    await permit(await group(), 'pl-31a34658')
    await expect(call('DeleteManagedPrefixList', { PrefixListId: 'pl-31a34658' })).rejects.toMatchObject({
      code: 'UnsupportedOperation',
    })
  })
})
