// Owns the resource type AWS::IAM::Policy: an inline policy of roles, users and groups.
import type { TemplateObject } from '../../template/template.ts'
import { generatedName } from '../generated-name.ts'
import { textAt } from '../members.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from '../resource-type.ts'
import { documentIn, drop, isSameOwner, OWNERS, ownersOf, put } from './owners.ts'

function nameIn(properties: TemplateObject): string {
  return textAt(properties, 'PolicyName') ?? ''
}

async function putAll(properties: TemplateObject, context: ResourceContext): Promise<void> {
  const made = { PolicyName: nameIn(properties), document: properties['PolicyDocument'] }
  for (const owner of ownersOf(properties)) await put(owner, made, context)
}

const step: Step = {
  operations: ['Role', 'User', 'Group'].flatMap((kind) => [
    `iam:Put${kind}Policy`,
    `iam:Delete${kind}Policy`,
  ]),
  on: ['PolicyName', 'PolicyDocument', ...OWNERS],
  run: async ({ before, after }, context) => {
    const next = ownersOf(after)
    await putAll(after, context)
    for (const owner of ownersOf(before)) {
      const isKept = nameIn(before) === nameIn(after) && next.some((other) => isSameOwner(other, owner))
      if (!isKept) await drop(owner, nameIn(before), context)
    }
  },
}

export const policy: ResourceType = {
  name: 'AWS::IAM::Policy',
  create: {
    operations: ['iam:PutRolePolicy', 'iam:PutUserPolicy', 'iam:PutGroupPolicy'],
    on: step.on,
    run: async (properties, context) => {
      await putAll(properties, context)
      return generatedName(context)
    },
    // Putting a policy again changes nothing: what is there of it is its own.
    find: async (properties, context) => {
      for (const owner of ownersOf(properties)) {
        if ((await documentIn(owner, nameIn(properties), context)) === undefined) continue
        await putAll(properties, context)
        return generatedName(context)
      }
      return undefined
    },
  },
  update: [step],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: async (_id, context, properties) => {
    for (const owner of ownersOf(properties)) await drop(owner, nameIn(properties), context)
    return true
  },
}
