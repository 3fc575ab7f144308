// Owns the resource type AWS::ElasticLoadBalancingV2::ListenerRule.
import type { CreateRuleOutput, DescribeRulesOutput, Rule } from '@aws-sdk/client-elastic-load-balancing-v2'

import { ownTags, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { type Members, membersOf, objectsOf, sameNames, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import type { TemplateValue } from '../../template/template.ts'
import { allTags } from '../tags.ts'
import { findTagged, tagsOf, tagsStep } from './elbv2.ts'

const GONE = ['RuleNotFound', 'ListenerNotFound']

// Templates may write numbers as text; the API takes them as what they are.
const ACTION: Members = {
  ...sameNames(
    'AuthenticateCognitoConfig',
    'AuthenticateOidcConfig',
    'FixedResponseConfig',
    'ForwardConfig',
    'JwtValidationConfig',
    'RedirectConfig',
    'TargetGroupArn',
    'Type',
  ),
  Order: { to: 'Order', as: Number },
}
const SETTINGS: Members = {
  Actions: {
    to: 'Actions',
    as: (value: TemplateValue) => objectsOf(value).map((action) => membersOf(ACTION, action)),
  },
  ...sameNames('Conditions', 'Transforms'),
}

async function find(input: object, context: ResourceContext): Promise<readonly Rule[]> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeRulesOutput>('elbv2', 'DescribeRules', input),
  )
  return answer?.Rules ?? []
}

const settingsStep: Step = {
  operations: ['elasticloadbalancing:ModifyRule'],
  on: Object.keys(SETTINGS),
  run: async ({ physicalId: RuleArn, after }, context) => {
    await context.call('elbv2', 'ModifyRule', { RuleArn, ...membersOf(SETTINGS, after) })
  },
}

const priorityStep: Step = {
  operations: ['elasticloadbalancing:SetRulePriorities'],
  on: ['Priority'],
  run: async ({ physicalId: RuleArn, after }, context) => {
    const Priority = Number(valueAt(after, 'Priority'))
    await context.call('elbv2', 'SetRulePriorities', { RulePriorities: [{ RuleArn, Priority }] })
  },
}

export const listenerRule: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  create: {
    operations: ['elasticloadbalancing:CreateRule'],
    on: ['ListenerArn', 'Priority', 'Tags', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const { Rules = [] } = await context.call<CreateRuleOutput>('elbv2', 'CreateRule', {
        ListenerArn: textAt(properties, 'ListenerArn'),
        Priority: Number(valueAt(properties, 'Priority')),
        ...membersOf(SETTINGS, properties),
        Tags: allTags(properties, context),
      })
      return Rules[0]?.RuleArn ?? ''
    },
    find: async (properties, context) => {
      const all = await find({ ListenerArn: textAt(properties, 'ListenerArn') }, context)
      return await findTagged(
        all.filter(({ IsDefault }) => !IsDefault).map(({ RuleArn = '' }) => RuleArn),
        context,
      )
    },
  },
  update: [settingsStep, priorityStep, tagsStep],
  attributes: ['IsDefault', 'RuleArn'],
  read: (RuleArn) => Promise.resolve({ state: 'ready', attributes: { RuleArn, IsDefault: 'false' } }),
  actual: async (arn, context, expected) => {
    const [found] = await find({ RuleArns: [arn] }, context)
    if (!found) return undefined
    return seen(expected, { Priority: Number(found.Priority), Tags: ownTags(await tagsOf(arn, context)) })
  },
  remove: async (RuleArn, context) => {
    await tolerating(GONE, () => context.call('elbv2', 'DeleteRule', { RuleArn }))
    return true
  },
}
