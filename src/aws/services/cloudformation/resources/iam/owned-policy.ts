// Owns the resource types of one inline policy of one owner: AWS::IAM::RolePolicy, UserPolicy, GroupPolicy.
import type { TemplateObject } from '../../template/template.ts'
import { documentAs, seen } from '../actual.ts'
import { textAt } from '../members.ts'
import { type ResourceType, READY } from '../resource-type.ts'
import { documentIn, drop, type Owner, type OwnerKind, put } from './owners.ts'

function ownedPolicy(kind: OwnerKind): ResourceType {
  const owner = `${kind}Name`
  const idOf = (properties: TemplateObject): string =>
    `${textAt(properties, 'PolicyName')}|${textAt(properties, owner)}`
  const placeOf = (physicalId: string): { owner: Owner; PolicyName: string } => {
    const [PolicyName = '', name = ''] = physicalId.split('|')
    return { owner: { kind, name }, PolicyName }
  }
  return {
    name: `AWS::IAM::${kind}Policy`,
    create: {
      operations: [`iam:Put${kind}Policy`],
      on: [owner, 'PolicyName', 'PolicyDocument'],
      // Putting it again changes nothing, so that a killed attempt need not be found.
      run: async (properties, context) => {
        const { owner: of, PolicyName } = placeOf(idOf(properties))
        await put(of, { PolicyName, document: properties['PolicyDocument'] }, context)
        return idOf(properties)
      },
    },
    update: [
      {
        operations: [`iam:Put${kind}Policy`],
        on: ['PolicyDocument'],
        run: async ({ physicalId, after }, context) => {
          const { owner: of, PolicyName } = placeOf(physicalId)
          await put(of, { PolicyName, document: after['PolicyDocument'] }, context)
        },
      },
    ],
    attributes: [],
    read: () => Promise.resolve(READY),
    actual: async (id, context, expected) => {
      const { owner: of, PolicyName } = placeOf(id)
      const document = await documentIn(of, PolicyName, context)
      if (document === undefined) return undefined
      return seen(expected, { PolicyDocument: documentAs(expected['PolicyDocument'], document) })
    },
    remove: async (id, context) => {
      const { owner: of, PolicyName } = placeOf(id)
      await drop(of, PolicyName, context)
      return true
    },
  }
}

export const rolePolicy = ownedPolicy('Role')
export const userPolicy = ownedPolicy('User')
export const groupPolicy = ownedPolicy('Group')
