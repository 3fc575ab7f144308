// Owns changing the rules of security groups in place: what they say, and their descriptions.
import type {
  ModifySecurityGroupRulesRequest,
  ModifySecurityGroupRulesResult,
  SecurityGroupRuleRequest,
  UpdateSecurityGroupRuleDescriptionsEgressRequest,
  UpdateSecurityGroupRuleDescriptionsEgressResult,
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue, notFound } from './errors.ts'
import { groupNamed, withGroupIds } from './group-names.ts'
import { IP_PERMISSIONS, KEPT_OF_PERMISSIONS } from './members.ts'
import { checkSource } from './security-group-rules.ts'
import { draftsOf, isSameRule, type RuleDraft } from './security-group-permissions.ts'
import { need, type Ec2State, type RuleRecord } from './state.ts'

type RuleRequest = {
  readonly [K in keyof SecurityGroupRuleRequest]?: SecurityGroupRuleRequest[K] | undefined
}

/**
 * ModifySecurityGroupRules: each rule is replaced as a whole, its tags and direction excepted.
 * @throws AwsError InvalidGroup.NotFound, InvalidSecurityGroupRuleId.NotFound, InvalidParameterValue
 */
export const modifySecurityGroupRules = operation<
  Ec2State,
  ModifySecurityGroupRulesRequest,
  ModifySecurityGroupRulesResult
>()({
  honours: [
    'GroupId',
    'SecurityGroupRules[].SecurityGroupRuleId',
    'SecurityGroupRules[].SecurityGroupRule.IpProtocol',
    'SecurityGroupRules[].SecurityGroupRule.FromPort',
    'SecurityGroupRules[].SecurityGroupRule.ToPort',
    'SecurityGroupRules[].SecurityGroupRule.CidrIpv4',
    'SecurityGroupRules[].SecurityGroupRule.CidrIpv6',
    'SecurityGroupRules[].SecurityGroupRule.PrefixListId',
    'SecurityGroupRules[].SecurityGroupRule.ReferencedGroupId',
    'SecurityGroupRules[].SecurityGroupRule.Description',
  ],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id: groupId } = need(ec2.groups, 'security-group', input.GroupId)
      for (const { SecurityGroupRuleId: id = '', SecurityGroupRule: request } of input.SecurityGroupRules ??
        []) {
        const present = ec2.rules.get(`${groupId}/${id}`)
        if (!present) throw notFound('security-group-rule', id)
        const draft = draftOf(present, request ?? {})
        checkSource(ec2, draft)
        ec2.rules.putIn(tx, `${groupId}/${id}`, { ...draft, id, tags: present.tags })
      }
    })
    return { Return: true }
  },
})

function draftOf({ groupId, egress }: RuleRecord, request: RuleRequest): RuleDraft {
  const { Description, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = request
  checkRequest(request)
  const [draft] = draftsOf(
    [
      {
        IpProtocol: request.IpProtocol,
        FromPort: request.FromPort,
        ToPort: request.ToPort,
        IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4, Description }],
        Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6, Description }],
        PrefixListIds: PrefixListId === undefined ? [] : [{ PrefixListId, Description }],
        UserIdGroupPairs:
          ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId, Description }],
      },
    ],
    { groupId, egress },
  )
  if (!draft) throw new AwsError('MissingParameter', NO_SOURCE)
  return draft
}

const NO_SOURCE =
  'The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId'

// One rule has one source (API_SecurityGroupRuleRequest).
function checkRequest({
  IpProtocol,
  CidrIpv4,
  CidrIpv6,
  PrefixListId,
  ReferencedGroupId,
}: RuleRequest): void {
  if (IpProtocol === undefined) {
    throw invalidParameterValue(
      "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.",
    )
  }
  const sources = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((each) => each !== undefined)
  if (sources.length > 1) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified',
    )
  }
}

const DESCRIBED = [
  'GroupId',
  'GroupName',
  ...IP_PERMISSIONS,
  'SecurityGroupRuleDescriptions[].SecurityGroupRuleId',
  'SecurityGroupRuleDescriptions[].Description',
] as const

/** @throws AwsError InvalidGroup.NotFound, InvalidPermission.NotFound, InvalidSecurityGroupRuleId.NotFound */
export const updateSecurityGroupRuleDescriptionsIngress = operation<
  Ec2State,
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult
>()({ honours: DESCRIBED, keeps: KEPT_OF_PERMISSIONS, handle: (input, ec2) => redescribe(ec2, input, false) })

/** @throws AwsError InvalidGroup.NotFound, InvalidPermission.NotFound, InvalidSecurityGroupRuleId.NotFound */
export const updateSecurityGroupRuleDescriptionsEgress = operation<
  Ec2State,
  UpdateSecurityGroupRuleDescriptionsEgressRequest,
  UpdateSecurityGroupRuleDescriptionsEgressResult
>()({ honours: DESCRIBED, keeps: KEPT_OF_PERMISSIONS, handle: (input, ec2) => redescribe(ec2, input, true) })

async function redescribe(
  ec2: Ec2State,
  input: UpdateSecurityGroupRuleDescriptionsIngressRequest,
  egress: boolean,
): Promise<{ Return: boolean }> {
  await ec2.deps.store.transact((tx) => {
    const groupId = groupNamed(ec2, input).id
    const present = ec2.rules.list(`${groupId}/`).filter((rule) => rule.egress === egress)
    const put = (rule: RuleRecord, text: string | undefined): void => {
      const { description: _old, ...rest } = rule
      const next = text === undefined || text === '' ? rest : { ...rest, description: text }
      ec2.rules.putIn(tx, `${groupId}/${rule.id}`, next)
    }
    for (const draft of draftsOf(withGroupIds(ec2, input.IpPermissions ?? []), { groupId, egress })) {
      const rule = present.find((each) => isSameRule(each, draft))
      if (!rule) {
        throw new AwsError(
          'InvalidPermission.NotFound',
          'The specified rule does not exist in this security group.',
        )
      }
      put(rule, draft.description)
    }
    for (const { SecurityGroupRuleId: id = '', Description } of input.SecurityGroupRuleDescriptions ?? []) {
      const rule = present.find((each) => each.id === id)
      if (!rule) throw notFound('security-group-rule', id)
      put(rule, Description)
    }
  })
  return { Return: true }
}
