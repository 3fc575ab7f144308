// Owns what the ELBv2 resource types have in common: attributes and tags in place, found by CloudFormation's tags.
import type { DescribeTagsOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { TemplateObject } from '../../template/template.ts'
import { hasOwnTags } from '../find-made.ts'
import { objectsOf, textAt } from '../members.ts'
import type { ResourceContext, Step } from '../resource-type.ts'
import { tagChange } from '../tags.ts'

/** Those of `arns` that carry the tags of this resource, and are none that the resource replaces. */
export async function findTagged(
  arns: readonly string[],
  context: ResourceContext,
): Promise<string | undefined> {
  for (const arn of arns) {
    if (context.replacedIds.includes(arn)) continue
    if (hasOwnTags(context, await tagsOf(arn, context))) return arn
  }
  return undefined
}

/** The tags of a load balancer, target group or listener. */
export async function tagsOf(arn: string, context: ResourceContext) {
  const { TagDescriptions = [] } = await context.call<DescribeTagsOutput>('elbv2', 'DescribeTags', {
    ResourceArns: [arn],
  })
  return TagDescriptions[0]?.Tags ?? []
}

/** Tags in place. */
export const tagsStep: Step = {
  operations: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const ResourceArns = [change.physicalId]
    if (goneKeys.length > 0) await context.call('elbv2', 'RemoveTags', { ResourceArns, TagKeys: goneKeys })
    const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (Tags.length > 0) await context.call('elbv2', 'AddTags', { ResourceArns, Tags })
  },
}

function attributesIn(properties: TemplateObject, property: string): Map<string, string> {
  return new Map(
    objectsOf(properties[property]).map((item) => [textAt(item, 'Key') ?? '', textAt(item, 'Value') ?? '']),
  )
}

/** The attributes of `noun` in place. One that the template no longer has keeps its value, as on AWS. */
export function attributesStep(noun: 'LoadBalancer' | 'TargetGroup' | 'Listener'): Step {
  const property = `${noun}Attributes`
  return {
    operations: [`elasticloadbalancing:Modify${noun}Attributes`],
    on: [property],
    run: async ({ physicalId, after }, context) => {
      const Attributes = [...attributesIn(after, property)].map(([Key, Value]) => ({ Key, Value }))
      if (Attributes.length === 0) return
      await context.call('elbv2', `Modify${noun}Attributes`, { [`${noun}Arn`]: physicalId, Attributes })
    },
  }
}

/** The last part of an ARN, from `loadbalancer/` or `targetgroup/` on, as GetAtt shows full names. */
export function fullName(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}
