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

import { AwsError } from '../../../base/errors.ts'
import type { Operation } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { dependencyViolation, missingParameter, notFound } from './errors.ts'
import { byIds, select, specifiedTags, tagList, type FilterTable } from './filters.ts'
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
  const rules = ec2.rules.list(`${group.id}/`)
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

// Every group starts with leave to send anything anywhere.
function newGroup(ec2: Ec2State, group: SecurityGroupRecord): Operation[] {
  const egress = draft(ec2, { groupId: group.id, egress: true, protocol: '-1', cidr: '0.0.0.0/0' })
  return [ec2.groups.putting(group.id, group), ec2.rules.putting(`${group.id}/${egress.id}`, egress)]
}

function draft(ec2: Ec2State, rule: Omit<RuleRecord, 'id' | 'tags'>, tags = {}): RuleRecord {
  return { id: ec2.newId('security-group-rule'), tags, ...rule }
}

/** Writes rules of one group under fresh ids, all or none. */
export async function putRules(
  ec2: Ec2State,
  rules: readonly Omit<RuleRecord, 'id' | 'tags'>[],
  tags = {},
): Promise<RuleRecord[]> {
  const records = rules.map((rule) => draft(ec2, rule, tags))
  const operations = records.map((record) => ec2.rules.putting(`${record.groupId}/${record.id}`, record))
  await ec2.deps.store.commit({ operations })
  return records
}

/** The writes of the group `default` that every VPC has: members may talk to each other. */
export function defaultGroup(ec2: Ec2State, vpcId: string): Operation[] {
  const id = ec2.newId('security-group')
  const group = { id, name: 'default', description: 'default VPC security group', vpcId, tags: {} }
  const ingress = draft(ec2, { groupId: id, egress: false, protocol: '-1', sourceGroupId: id })
  return [...newGroup(ec2, group), ec2.rules.putting(`${id}/${ingress.id}`, ingress)]
}

export async function createSecurityGroup(
  input: CreateSecurityGroupRequest,
  ec2: Ec2State,
): Promise<CreateSecurityGroupResult> {
  const { GroupName: name = '', Description: description = '' } = input
  if (input.VpcId === undefined) throw missingParameter('VpcId')
  const { id: vpcId } = need(ec2.vpcs, 'vpc', input.VpcId)
  if (ec2.groups.list().some((other) => other.vpcId === vpcId && other.name === name)) {
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpcId}'`,
    )
  }
  const id = ec2.newId('security-group')
  const tags = specifiedTags(input.TagSpecifications, 'security-group')
  await ec2.deps.store.commit({ operations: newGroup(ec2, { id, name, description, vpcId, tags }) })
  return { GroupId: id, Tags: tagList(tags), SecurityGroupArn: ec2.arn('security-group', id) }
}

export function describeSecurityGroups(
  input: DescribeSecurityGroupsRequest,
  ec2: Ec2State,
): DescribeSecurityGroupsResult {
  const all = ec2.groups.list()
  const named = input.GroupNames ?? []
  const missing = named.find((name) => !all.some((group) => group.name === name))
  if (missing !== undefined) throw notFound('security-group', missing)
  const records = byIds('security-group', all, input.GroupIds).filter(
    ({ name }) => named.length === 0 || named.includes(name),
  )
  const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
  const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
  return { SecurityGroups: items.map((group) => describe(ec2, group)), NextToken: token }
}

export async function deleteSecurityGroup(
  input: DeleteSecurityGroupRequest,
  ec2: Ec2State,
): Promise<DeleteSecurityGroupResult> {
  if (input.GroupId === undefined) throw missingParameter('GroupId')
  const group = need(ec2.groups, 'security-group', input.GroupId)
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
  for (const { key } of ec2.rules.rows(`${group.id}/`)) await ec2.rules.delete(key)
  await ec2.groups.delete(group.id)
  return { Return: true, GroupId: group.id }
}
