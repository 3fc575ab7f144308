// Owns security groups.
import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  SecurityGroup,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { groupNamed } from './group-names.ts'
import { needDefaultVpc } from './defaults.ts'
import { dependencyViolation, missingParameter, notFound } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { permissionsOf } from './security-group-permissions.ts'
import { need, type Ec2State, type RuleRecord, type SecurityGroupRecord } from './state.ts'

function filtersOf(ec2: Ec2State): FilterTable<SecurityGroupRecord> {
  const rules = (group: SecurityGroupRecord, egress: boolean): RuleRecord[] =>
    ec2.rules.list(`${group.id}/`).filter((rule) => rule.egress === egress)
  const side = (prefix: string, egress: boolean): FilterTable<SecurityGroupRecord> => ({
    [`${prefix}.cidr`]: (group) => rules(group, egress).map(({ cidr }) => cidr),
    [`${prefix}.from-port`]: (group) => rules(group, egress).map(({ fromPort }) => fromPort?.toString()),
    [`${prefix}.to-port`]: (group) => rules(group, egress).map(({ toPort }) => toPort?.toString()),
    [`${prefix}.protocol`]: (group) => rules(group, egress).map(({ protocol }) => protocol),
    [`${prefix}.group-id`]: (group) => rules(group, egress).map(({ sourceGroupId }) => sourceGroupId),
    // Rules of a VPC know the groups that they refer to by their ids alone.
    [`${prefix}.group-name`]: () => [],
    [`${prefix}.ipv6-cidr`]: (group) => rules(group, egress).map(({ cidr6 }) => cidr6),
    [`${prefix}.prefix-list-id`]: (group) => rules(group, egress).map(({ prefixListId }) => prefixListId),
    [`${prefix}.user-id`]: (group) =>
      rules(group, egress).map((rule) => (rule.sourceGroupId === undefined ? undefined : ec2.deps.accountId)),
  })
  return {
    description: ({ description }) => description,
    'group-id': ({ id }) => id,
    'group-name': ({ name }) => name,
    'owner-id': () => ec2.deps.accountId,
    'vpc-id': ({ vpcId }) => vpcId,
    ...side('ip-permission', false),
    ...side('egress.ip-permission', true),
  }
}

function describe(ec2: Ec2State, group: SecurityGroupRecord): SecurityGroup {
  const rules = ec2.rules.listByAge(`${group.id}/`)
  const { accountId } = ec2.deps
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: accountId,
    SecurityGroupArn: ec2.arn('security-group', group.id),
    IpPermissions: permissionsOf(
      rules.filter(({ egress }) => !egress),
      accountId,
    ),
    IpPermissionsEgress: permissionsOf(
      rules.filter(({ egress }) => egress),
      accountId,
    ),
    Tags: tagList(group.tags),
  }
}

/** Writes a group. Every one starts with leave to send anything anywhere; over IPv6 where its VPC has such a block. */
export function insertGroup(tx: Writer, ec2: Ec2State, group: SecurityGroupRecord): void {
  ec2.groups.putIn(tx, group.id, group)
  const leave = { groupId: group.id, egress: true, protocol: '-1', tags: {} }
  insertRule(tx, ec2, { ...leave, cidr: '0.0.0.0/0' })
  if (ec2.vpcs.get(group.vpcId)?.cidrs6?.length) insertRule(tx, ec2, { ...leave, cidr6: '::/0' })
}

/** Writes a rule of a group, under a fresh id unless it brings one. */
export function insertRule(
  tx: Writer,
  ec2: Ec2State,
  rule: Omit<RuleRecord, 'id'> & Partial<Pick<RuleRecord, 'id'>>,
): RuleRecord {
  const record = { id: ec2.newId('security-group-rule'), ...rule }
  ec2.rules.putIn(tx, `${record.groupId}/${record.id}`, record)
  return record
}

/** Makes the group `default` that every VPC has: members may talk to each other. */
export function insertDefaultGroup(tx: Writer, ec2: Ec2State, vpcId: string): void {
  const id = ec2.newId('security-group')
  const group = { id, name: 'default', description: 'default VPC security group', vpcId, tags: {} }
  insertGroup(tx, ec2, group)
  insertRule(tx, ec2, { groupId: id, egress: false, protocol: '-1', sourceGroupId: id, tags: {} })
}

/** Removes a group with its rules. */
export function removeGroup(tx: Writer, ec2: Ec2State, id: string): void {
  for (const { key } of ec2.rules.rows(`${id}/`)) ec2.rules.deleteIn(tx, key)
  ec2.groups.deleteIn(tx, id)
}

export const createSecurityGroup = operation<
  Ec2State,
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult
>()({
  honours: ['GroupName', 'Description', 'VpcId', ...TAGGED],
  handle: async (input, ec2) => {
    const { GroupName: name = '', Description: description = '' } = input
    if (description === '') throw missingParameter('GroupDescription')
    return await ec2.deps.store.transact((tx) => {
      const { id: vpcId } =
        input.VpcId === undefined ? needDefaultVpc(ec2) : need(ec2.vpcs, 'vpc', input.VpcId)
      if (ec2.groups.find('name', `${vpcId}/${name}`)) {
        throw new AwsError(
          'InvalidGroup.Duplicate',
          `The security group '${name}' already exists for VPC '${vpcId}'`,
        )
      }
      const id = ec2.newId('security-group')
      const tags = tagsOfNew(input.TagSpecifications, 'security-group')
      insertGroup(tx, ec2, { id, name, description, vpcId, tags })
      return { GroupId: id, Tags: tagList(tags), SecurityGroupArn: ec2.arn('security-group', id) }
    })
  },
})

export const describeSecurityGroups = operation<
  Ec2State,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult
>()({
  honours: ['GroupIds', 'GroupNames', ...LISTED],
  handle: (input, ec2) => {
    const all = ec2.groups.listByAge()
    const named = input.GroupNames ?? []
    const missing = named.find((name) => !all.some((group) => group.name === name))
    if (missing !== undefined) throw notFound('security-group', missing)
    const records = byIds('security-group', all, input.GroupIds).filter(
      ({ name }) => named.length === 0 || named.includes(name),
    )
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { SecurityGroups: items.map((group) => describe(ec2, group)), NextToken: token }
  },
})

export const deleteSecurityGroup = operation<
  Ec2State,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult
>()({
  honours: ['GroupId', 'GroupName'],
  handle: async (input, ec2) => {
    const { id } = groupNamed(ec2, input)
    return await ec2.deps.store.transact((tx) => {
      refuseUsed(ec2, need(ec2.groups, 'security-group', id))
      removeGroup(tx, ec2, id)
      return { Return: true, GroupId: id }
    })
  },
})

function refuseUsed(ec2: Ec2State, group: SecurityGroupRecord): void {
  if (group.name === 'default') {
    throw new AwsError(
      'CannotDelete',
      `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
    )
  }
  const isReferenced = ec2.rules
    .list()
    .some((rule) => rule.sourceGroupId === group.id && rule.groupId !== group.id)
  const isUsed = ec2.interfaces.list().some(({ groupIds }) => groupIds.includes(group.id))
  if (isUsed) {
    throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`)
  }
  if (isReferenced) throw dependencyViolation('security group', group.id)
}
