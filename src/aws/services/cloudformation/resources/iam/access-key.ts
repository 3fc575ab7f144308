// Owns the resource type AWS::IAM::AccessKey: its secret is told once, when it is made.
import type { CreateAccessKeyResponse, ListAccessKeysResponse } from '@aws-sdk/client-iam'

import { seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { textAt } from '../members.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from '../resource-type.ts'
import { GONE } from './iam.ts'

const statusStep: Step = {
  operations: ['iam:UpdateAccessKey'],
  on: ['Status'],
  reads: ['UserName'],
  run: async ({ physicalId: AccessKeyId, after }, context) => {
    const Status = textAt(after, 'Status') ?? 'Active'
    await context.call('iam', 'UpdateAccessKey', { AccessKeyId, UserName: textAt(after, 'UserName'), Status })
  },
}

async function find(id: string, UserName: string | undefined, context: ResourceContext) {
  const answer = await unlessGone(GONE, () =>
    context.call<ListAccessKeysResponse>('iam', 'ListAccessKeys', { UserName }),
  )
  return answer?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id)
}

export const accessKey: ResourceType = {
  name: 'AWS::IAM::AccessKey',
  create: {
    operations: ['iam:CreateAccessKey'],
    // Another serial is how a template asks for another key.
    on: ['UserName', 'Serial'],
    // A key whose secret nobody has written down is of no use: a killed attempt is followed by another key.
    run: async (properties, context) => {
      const { AccessKey } = await context.call<CreateAccessKeyResponse>('iam', 'CreateAccessKey', {
        UserName: textAt(properties, 'UserName'),
      })
      return {
        physicalId: AccessKey?.AccessKeyId ?? '',
        attributes: { SecretAccessKey: AccessKey?.SecretAccessKey ?? '' },
      }
    },
  },
  update: [statusStep],
  attributes: ['SecretAccessKey'],
  read: () => Promise.resolve(READY),
  actual: async (id, context, expected) => {
    const found = await find(id, textAt(expected, 'UserName'), context)
    return found && seen(expected, { Status: found.Status })
  },
  remove: async (AccessKeyId, context, properties) => {
    const UserName = textAt(properties, 'UserName')
    await tolerating(GONE, () => context.call('iam', 'DeleteAccessKey', { AccessKeyId, UserName }))
    return true
  },
}
