// Owns the resource types AWS::KMS::Key and AWS::KMS::Alias.
import type {
  CreateKeyResponse,
  DescribeKeyResponse,
  GetKeyPolicyResponse,
  KeyMetadata,
  ListAliasesResponse,
  ListKeysResponse,
  ListResourceTagsResponse,
} from '@aws-sdk/client-kms'

import type { TemplateObject } from '../template/template.ts'
import { documentAs, seen, tagsAs, unlessGone } from './actual.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { textAt } from './members.ts'
import { valueAt } from './property-path.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from './resource-type.ts'
import { allTags, tagChange } from './tags.ts'

const GONE = ['NotFoundException']

function policyOf(properties: TemplateObject): string | undefined {
  const policy = properties['KeyPolicy']
  return policy === undefined || typeof policy === 'string' ? policy : JSON.stringify(policy)
}

function tagsOf(tags: readonly { Key: string; Value: string }[]): object[] {
  return tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))
}

async function describe(KeyId: string, context: ResourceContext): Promise<Partial<KeyMetadata>> {
  return (await context.call<DescribeKeyResponse>('kms', 'DescribeKey', { KeyId })).KeyMetadata ?? {}
}

async function tagsIn(KeyId: string, context: ResourceContext): Promise<Record<string, string>> {
  const { Tags = [] } = await context.call<ListResourceTagsResponse>('kms', 'ListResourceTags', { KeyId })
  return Object.fromEntries(Tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue]))
}

// Keys have no name and no client token: the one that an earlier attempt made carries the resource's tags.
async function findMade(context: ResourceContext): Promise<string | undefined> {
  const { Keys = [] } = await context.call<ListKeysResponse>('kms', 'ListKeys', {})
  for (const { KeyId = '' } of Keys) {
    if (context.replacedIds.includes(KeyId)) continue
    const tags = await tagsIn(KeyId, context)
    if (!context.ownTags.every(({ Key, Value }) => tags[Key] === Value)) continue
    if ((await describe(KeyId, context)).KeyState !== 'PendingDeletion') return KeyId
  }
  return undefined
}

const enabledStep: Step = {
  operations: ['kms:EnableKey', 'kms:DisableKey'],
  on: ['Enabled'],
  run: async ({ physicalId: KeyId, after }, context) => {
    await context.call('kms', valueAt(after, 'Enabled') === false ? 'DisableKey' : 'EnableKey', { KeyId })
  },
}

const descriptionStep: Step = {
  operations: ['kms:UpdateKeyDescription'],
  on: ['Description'],
  run: async ({ physicalId: KeyId, after }, context) => {
    const Description = textAt(after, 'Description') ?? ''
    await context.call('kms', 'UpdateKeyDescription', { KeyId, Description })
  },
}

const policyStep: Step = {
  operations: ['kms:PutKeyPolicy'],
  on: ['KeyPolicy'],
  reads: ['BypassPolicyLockoutSafetyCheck'],
  run: async ({ physicalId: KeyId, after }, context) => {
    await context.call('kms', 'PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: policyOf(after) })
  },
}

const rotationStep: Step = {
  operations: ['kms:EnableKeyRotation', 'kms:DisableKeyRotation'],
  on: ['EnableKeyRotation', 'RotationPeriodInDays'],
  run: async ({ physicalId: KeyId, after }, context) => {
    const RotationPeriodInDays = valueAt(after, 'RotationPeriodInDays')
    await (valueAt(after, 'EnableKeyRotation') === true
      ? context.call('kms', 'EnableKeyRotation', { KeyId, RotationPeriodInDays })
      : context.call('kms', 'DisableKeyRotation', { KeyId }))
  },
}

const tagsStep: Step = {
  operations: ['kms:TagResource', 'kms:UntagResource'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const KeyId = change.physicalId
    if (goneKeys.length > 0) await context.call('kms', 'UntagResource', { KeyId, TagKeys: goneKeys })
    if (put.length > 0) await context.call('kms', 'TagResource', { KeyId, Tags: tagsOf(put) })
  },
}

export const key: ResourceType = {
  name: 'AWS::KMS::Key',
  create: {
    operations: ['kms:CreateKey'],
    on: ['KeyPolicy', 'Description', 'Tags'],
    run: async (properties, context) => {
      const { KeyMetadata } = await context.call<CreateKeyResponse>('kms', 'CreateKey', {
        Policy: policyOf(properties),
        Description: textAt(properties, 'Description'),
        Tags: tagsOf(allTags(properties, context)),
      })
      return KeyMetadata?.KeyId ?? ''
    },
    find: (_properties, context) => findMade(context),
  },
  // Rotation of a disabled key can't be set.
  update: [rotationStep, descriptionStep, policyStep, enabledStep, tagsStep],
  onRemoval: ['PendingWindowInDays'],
  defaults: {
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  },
  attributes: ['Arn', 'KeyId'],
  read: async (KeyId, context) => ({
    state: 'ready',
    attributes: { KeyId, Arn: (await describe(KeyId, context)).Arn ?? '' },
  }),
  actual: async (KeyId, context, expected) => {
    const found = await unlessGone(GONE, () => describe(KeyId, context))
    if (!found || found.KeyState === 'PendingDeletion') return undefined
    const { Policy } = await context.call<GetKeyPolicyResponse>('kms', 'GetKeyPolicy', {
      KeyId,
      PolicyName: 'default',
    })
    return seen(expected, {
      Description: found.Description ?? null,
      Enabled: found.Enabled,
      KeyPolicy: documentAs(expected['KeyPolicy'], Policy),
      Tags: tagsAs(expected, await tagsIn(KeyId, context)),
    })
  },
  // A key is never gone at once: it waits, and the stack doesn't.
  remove: async (KeyId, context, properties) => {
    const PendingWindowInDays = valueAt(properties, 'PendingWindowInDays')
    await tolerating([...GONE, 'KMSInvalidStateException'], () =>
      context.call('kms', 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays }),
    )
    return true
  },
}

async function aliasOf(AliasName: string, context: ResourceContext) {
  const { Aliases = [] } = await context.call<ListAliasesResponse>('kms', 'ListAliases', {})
  return Aliases.find((alias) => alias.AliasName === AliasName)
}

export const alias: ResourceType = {
  name: 'AWS::KMS::Alias',
  customName: 'AliasName',
  create: {
    operations: ['kms:CreateAlias'],
    on: ['AliasName', 'TargetKeyId'],
    run: async (properties, context) => {
      const AliasName = textAt(properties, 'AliasName') ?? ''
      await context.call('kms', 'CreateAlias', { AliasName, TargetKeyId: textAt(properties, 'TargetKeyId') })
      return AliasName
    },
    find: async (properties, context) => {
      const AliasName = textAt(properties, 'AliasName') ?? ''
      const created = async () => (await aliasOf(AliasName, context))?.CreationDate
      return (await isMadeSince(context, created, GONE)) ? AliasName : undefined
    },
  },
  update: [
    {
      operations: ['kms:UpdateAlias'],
      on: ['TargetKeyId'],
      run: async ({ physicalId: AliasName, after }, context) => {
        await context.call('kms', 'UpdateAlias', { AliasName, TargetKeyId: textAt(after, 'TargetKeyId') })
      },
    },
  ],
  attributes: [],
  read: () => Promise.resolve(READY),
  actual: async (name, context, expected) => {
    const found = await aliasOf(name, context)
    const asked = textAt(expected, 'TargetKeyId') ?? ''
    // A target may be written as an id or as an ARN.
    const target = asked.endsWith(found?.TargetKeyId ?? '') ? asked : found?.TargetKeyId
    return found && seen(expected, { TargetKeyId: target })
  },
  remove: async (AliasName, context) => {
    await tolerating(GONE, () => context.call('kms', 'DeleteAlias', { AliasName }))
    return true
  },
}
