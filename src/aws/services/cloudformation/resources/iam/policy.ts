// Owns the resource type AWS::IAM::Policy: an inline policy of roles.
import type { GetRolePolicyResponse } from '@aws-sdk/client-iam'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { textAt, textsOf } from '../members.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from '../resource-type.ts'
import { documentOf, GONE } from './iam.ts'

interface Place {
  readonly RoleName: string
  readonly PolicyName: string
}

function placesOf(properties: TemplateObject): Place[] {
  const PolicyName = textAt(properties, 'PolicyName') ?? ''
  return textsOf(properties['Roles']).map((RoleName) => ({ RoleName, PolicyName }))
}

async function put(properties: TemplateObject, context: ResourceContext): Promise<void> {
  const PolicyDocument = documentOf(properties['PolicyDocument'])
  for (const place of placesOf(properties)) {
    await context.call('iam', 'PutRolePolicy', { ...place, PolicyDocument })
  }
}

async function take(places: readonly Place[], context: ResourceContext): Promise<void> {
  for (const place of places) {
    await tolerating(GONE, () => context.call('iam', 'DeleteRolePolicy', place))
  }
}

const step: Step = {
  operations: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
  on: ['PolicyName', 'PolicyDocument', 'Roles'],
  run: async ({ before, after }, context) => {
    const next = placesOf(after)
    await put(after, context)
    const isKept = (place: Place): boolean =>
      next.some(({ RoleName, PolicyName }) => RoleName === place.RoleName && PolicyName === place.PolicyName)
    await take(
      placesOf(before).filter((place) => !isKept(place)),
      context,
    )
  },
}

export const policy: ResourceType = {
  name: 'AWS::IAM::Policy',
  create: {
    operations: ['iam:PutRolePolicy'],
    on: step.on,
    run: async (properties, context) => {
      await put(properties, context)
      return generatedName(context)
    },
    // Putting a policy again changes nothing: what is there of it is its own.
    find: async (properties, context) => {
      for (const place of placesOf(properties)) {
        const [found] = await Promise.allSettled([
          context.call<GetRolePolicyResponse>('iam', 'GetRolePolicy', place),
        ])
        if (found.status === 'fulfilled') return await policy.create.run(properties, context)
      }
      return undefined
    },
  },
  update: [step],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: async (_id, context, properties) => {
    await take(placesOf(properties), context)
    return true
  },
}
