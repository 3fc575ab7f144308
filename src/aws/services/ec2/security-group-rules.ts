// Owns adding and removing rules of security groups.
import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult,
  IpPermission,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
  SecurityGroupRule,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { KEPT_OF_PERMISSIONS, LISTED, PERMISSIONS, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { invalidParameterValue, missingParameter, notFound } from './errors.ts'
import { groupNamed, withGroupIds } from './group-names.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { describeRule, draftsOf, isSameRule, type RuleDraft } from './security-group-permissions.ts'
import { findPrefixList } from './prefix-lists.ts'
import { insertRule } from './security-groups.ts'
import { need, type Ec2State, type RuleRecord } from './state.ts'

/** "60 inbound or outbound rules per security group" (Amazon VPC quotas). */
const MAX_RULES = 60

const GROUP_ID = /^sg-[0-9a-f]{8,17}$/

const FILTERS: FilterTable<RuleRecord> = {
  'group-id': ({ groupId }) => groupId,
  'security-group-rule-id': ({ id }) => id,
}

interface PermissionInput {
  readonly GroupId?: string | undefined
  readonly GroupName?: string | undefined
  readonly IpPermissions?: readonly IpPermission[] | undefined
  readonly CidrIp?: string | undefined
  readonly IpProtocol?: string | undefined
  readonly FromPort?: number | undefined
  readonly ToPort?: number | undefined
}

// The flat members are an older way to write one permission with one range.
function permissionsIn(input: PermissionInput): readonly IpPermission[] {
  const flat: IpPermission[] =
    input.CidrIp === undefined
      ? []
      : [
          {
            IpProtocol: input.IpProtocol,
            FromPort: input.FromPort,
            ToPort: input.ToPort,
            IpRanges: [{ CidrIp: input.CidrIp }],
          },
        ]
  return [...(input.IpPermissions ?? []), ...flat]
}

function describe(ec2: Ec2State, rule: RuleRecord): SecurityGroupRule {
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: ec2.arn('security-group-rule', rule.id),
    GroupId: rule.groupId,
    GroupOwnerId: ec2.deps.accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidr,
    CidrIpv6: rule.cidr6,
    PrefixListId: rule.prefixListId,
    ReferencedGroupInfo:
      rule.sourceGroupId === undefined
        ? undefined
        : { GroupId: rule.sourceGroupId, UserId: ec2.deps.accountId },
    Description: rule.description,
    Tags: tagList(rule.tags),
  }
}

async function authorize(
  input: AuthorizeSecurityGroupIngressRequest | AuthorizeSecurityGroupEgressRequest,
  ec2: Ec2State,
  egress: boolean,
): Promise<AuthorizeSecurityGroupIngressResult> {
  return await ec2.deps.store.transact((tx) => {
    const group = groupNamed(ec2, input)
    const drafts = draftsOf(withGroupIds(ec2, permissionsIn(input)), { groupId: group.id, egress })
    if (drafts.length === 0) throw missingParameter('ipPermissions')
    const present = ec2.rules.list(`${group.id}/`).filter((rule) => rule.egress === egress)
    for (const draft of drafts) checkDraft(ec2, draft, present)
    if (countOf(ec2, present) + countOf(ec2, drafts) > MAX_RULES) {
      throw new AwsError(
        'RulesPerSecurityGroupLimitExceeded',
        'The maximum number of rules per security group has been reached.',
      )
    }
    const tags = tagsOfNew(input.TagSpecifications, 'security-group-rule')
    // In their order, which lists show.
    const ids = drafts.map(() => ec2.newId('security-group-rule')).toSorted()
    const added = drafts.map((draft, index) => insertRule(tx, ec2, { id: ids[index] ?? '', ...draft, tags }))
    return { Return: true, SecurityGroupRules: added.map((rule) => describe(ec2, rule)) }
  })
}

function checkDraft(ec2: Ec2State, draft: RuleDraft, present: readonly RuleRecord[]): void {
  checkSource(ec2, draft)
  if (draft.cidr !== undefined && !/^\d+(\.\d+){3}\/\d+$/.test(draft.cidr)) {
    throw invalidParameterValue(`CIDR block ${draft.cidr} is malformed`)
  }
  if (present.some((rule) => isSameRule(rule, draft))) {
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "${describeRule(draft)}" already exists`,
    )
  }
}

/** Its other side is there. @throws AwsError InvalidGroup.NotFound, InvalidPrefixListID.NotFound */
export function checkSource(ec2: Ec2State, { sourceGroupId, prefixListId }: RuleDraft): void {
  if (sourceGroupId !== undefined) need(ec2.groups, 'security-group', sourceGroupId)
  if (prefixListId !== undefined && !findPrefixList(ec2, prefixListId)) {
    throw notFound('prefix-list', prefixListId)
  }
}

// "A prefix list counts as its maximum number of entries" (VPC quotas, "Security groups"). An older region has rules with lists
// that there are none of.
function countOf(ec2: Ec2State, rules: readonly RuleDraft[]): number {
  const counts = rules.map(({ prefixListId }) =>
    prefixListId === undefined ? 1 : (findPrefixList(ec2, prefixListId)?.weight ?? 1),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export const authorizeSecurityGroupIngress = operation<
  Ec2State,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult
>()({
  honours: [...PERMISSIONS, 'GroupName', ...TAGGED],
  keeps: [...KEPT_OF_PERMISSIONS],
  handle: (input, ec2) => {
    return authorize(input, ec2, false)
  },
})

export const authorizeSecurityGroupEgress = operation<
  Ec2State,
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressResult
>()({
  honours: [...PERMISSIONS, ...TAGGED],
  keeps: [...KEPT_OF_PERMISSIONS],
  handle: (input, ec2) => {
    return authorize(input, ec2, true)
  },
})

async function revoke(
  input: RevokeSecurityGroupIngressRequest | RevokeSecurityGroupEgressRequest,
  ec2: Ec2State,
  egress: boolean,
): Promise<RevokeSecurityGroupIngressResult> {
  await ec2.deps.store.transact((tx) => {
    for (const rule of namedRules(input, ec2, egress)) ec2.rules.deleteIn(tx, `${rule.groupId}/${rule.id}`)
  })
  return { Return: true }
}

// All are found before the first is removed: a wrong one removes nothing.
function namedRules(
  input: RevokeSecurityGroupIngressRequest | RevokeSecurityGroupEgressRequest,
  ec2: Ec2State,
  egress: boolean,
): RuleRecord[] {
  const group = groupNamed(ec2, input)
  const present = ec2.rules.list(`${group.id}/`).filter((rule) => rule.egress === egress)
  const byId = (input.SecurityGroupRuleIds ?? []).map((id) => {
    const rule = present.find((each) => each.id === id)
    if (!rule) throw notFound('security-group-rule', id)
    return rule
  })
  const byContent = draftsOf(withGroupIds(ec2, permissionsIn(input)), { groupId: group.id, egress }).map(
    (draft) => {
      checkSource(ec2, draft)
      const rule = present.find((each) => isSameRule(each, draft))
      if (!rule) {
        throw new AwsError(
          'InvalidPermission.NotFound',
          'The specified rule does not exist in this security group.',
        )
      }
      return rule
    },
  )
  return [...byId, ...byContent]
}

export const revokeSecurityGroupIngress = operation<
  Ec2State,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult
>()({
  honours: [...PERMISSIONS, 'GroupName', 'SecurityGroupRuleIds'],
  keeps: [...KEPT_OF_PERMISSIONS],
  handle: (input, ec2) => {
    return revoke(input, ec2, false)
  },
})

export const revokeSecurityGroupEgress = operation<
  Ec2State,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngressResult
>()({
  honours: [...PERMISSIONS, 'SecurityGroupRuleIds'],
  keeps: [...KEPT_OF_PERMISSIONS],
  handle: (input, ec2) => {
    return revoke(input, ec2, true)
  },
})

export const describeSecurityGroupRules = operation<
  Ec2State,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult
>()({
  honours: ['SecurityGroupRuleIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('security-group-rule', ec2.rules.listByAge(), input.SecurityGroupRuleIds)
    const malformed = (input.Filters ?? [])
      .flatMap(({ Name, Values = [] }) => (Name === 'group-id' ? Values : []))
      .find((id) => !GROUP_ID.test(id))
    if (malformed !== undefined) {
      throw new AwsError('InvalidGroupId.Malformed', `The security group ID '${malformed}' is malformed`)
    }
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { SecurityGroupRules: items.map((rule) => describe(ec2, rule)), NextToken: token }
  },
})
