// Owns the resource type AWS::S3::Bucket.
import type {
  GetBucketTaggingOutput,
  GetBucketVersioningOutput,
  GetPublicAccessBlockOutput,
  ListBucketsOutput,
} from '@aws-sdk/client-s3'

import { isTemplateObject, type TemplateObject } from '../../template/template.ts'
import { ownTags, seen, unlessGone } from '../actual.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { type Members, membersOf, objectsOf, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { tagList } from '../tags.ts'

const GONE = ['NoSuchBucket']

// Buckets' names are in lower case: `STACK-LOGICALID-` and 12 letters and digits.
function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'BucketName') ?? generatedName(context, 63).toLowerCase()
}

/** A setting that is put as a whole, and deleted where the template has it no longer. */
function settingStep(
  property: string,
  put: { readonly operation: string; readonly input: (value: TemplateObject) => object },
  remove?: string,
): Step {
  return {
    operations: [`s3:${put.operation}`, ...(remove === undefined ? [] : [`s3:${remove}`])],
    on: [property],
    run: async ({ physicalId: Bucket, after }, context) => {
      const value = valueAt(after, property)
      if (isTemplateObject(value)) await context.call('s3', put.operation, { Bucket, ...put.input(value) })
      else if (remove !== undefined) await context.call('s3', remove, { Bucket })
    },
  }
}

const RULE: Members = {
  Id: 'ID',
  Status: 'Status',
  Prefix: 'Prefix',
  ExpirationInDays: 'Expiration.Days',
  ExpiredObjectDeleteMarker: 'Expiration.ExpiredObjectDeleteMarker',
  NoncurrentVersionExpirationInDays: 'NoncurrentVersionExpiration.NoncurrentDays',
  'NoncurrentVersionExpiration.NoncurrentDays': 'NoncurrentVersionExpiration.NoncurrentDays',
  'NoncurrentVersionExpiration.NewerNoncurrentVersions':
    'NoncurrentVersionExpiration.NewerNoncurrentVersions',
  'AbortIncompleteMultipartUpload.DaysAfterInitiation': 'AbortIncompleteMultipartUpload.DaysAfterInitiation',
  // What is not emulated is refused by S3, by its name there.
  ExpirationDate: 'Expiration.Date',
  Transitions: 'Transitions',
  Transition: 'Transitions',
  NoncurrentVersionTransitions: 'NoncurrentVersionTransitions',
  NoncurrentVersionTransition: 'NoncurrentVersionTransitions',
  TagFilters: 'Filter.And.Tags',
  ObjectSizeGreaterThan: 'Filter.ObjectSizeGreaterThan',
  ObjectSizeLessThan: 'Filter.ObjectSizeLessThan',
}

const ENCRYPTION: Members = {
  BucketKeyEnabled: 'BucketKeyEnabled',
  'ServerSideEncryptionByDefault.SSEAlgorithm': 'ApplyServerSideEncryptionByDefault.SSEAlgorithm',
  'ServerSideEncryptionByDefault.KMSMasterKeyID': 'ApplyServerSideEncryptionByDefault.KMSMasterKeyID',
}

const settings: readonly Step[] = [
  settingStep('VersioningConfiguration', {
    operation: 'PutBucketVersioning',
    input: (value) => ({ VersioningConfiguration: value }),
  }),
  settingStep(
    'BucketEncryption',
    {
      operation: 'PutBucketEncryption',
      input: (value) => ({
        ServerSideEncryptionConfiguration: {
          Rules: objectsOf(value['ServerSideEncryptionConfiguration']).map((rule) =>
            membersOf(ENCRYPTION, rule),
          ),
        },
      }),
    },
    'DeleteBucketEncryption',
  ),
  settingStep(
    'PublicAccessBlockConfiguration',
    {
      operation: 'PutPublicAccessBlock',
      input: (value) => ({ PublicAccessBlockConfiguration: value }),
    },
    'DeletePublicAccessBlock',
  ),
  settingStep(
    'LifecycleConfiguration',
    {
      operation: 'PutBucketLifecycleConfiguration',
      input: (value) => ({
        LifecycleConfiguration: { Rules: objectsOf(value['Rules']).map((rule) => membersOf(RULE, rule)) },
      }),
    },
    'DeleteBucketLifecycle',
  ),
  settingStep(
    'OwnershipControls',
    { operation: 'PutBucketOwnershipControls', input: (value) => ({ OwnershipControls: value }) },
    'DeleteBucketOwnershipControls',
  ),
]

async function tag(Bucket: string, properties: TemplateObject, context: ResourceContext): Promise<void> {
  const own = tagList(properties['Tags']).map(({ Key, Value }) => ({ Key, Value }))
  await context.call('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet: [...own, ...context.ownTags] } })
}

const tagsStep: Step = {
  operations: ['s3:PutBucketTagging'],
  on: ['Tags'],
  run: ({ physicalId, after }, context) => tag(physicalId, after, context),
}

async function settingOf<T>(
  operation: string,
  Bucket: string,
  context: ResourceContext,
): Promise<Partial<T>> {
  const none = ['NoSuchTagSet', 'NoSuchPublicAccessBlockConfiguration']
  const found = await unlessGone(none, () => context.call<T>('s3', operation, { Bucket }))
  return found ?? {}
}

function isThere(Bucket: string, context: ResourceContext): Promise<object | undefined> {
  return unlessGone(GONE, async () => {
    await context.call('s3', 'HeadBucket', { Bucket })
    return {}
  })
}

export const bucket: ResourceType = {
  name: 'AWS::S3::Bucket',
  customName: 'BucketName',
  create: {
    operations: ['s3:CreateBucket', 's3:PutBucketTagging'],
    on: ['BucketName', 'Tags'],
    run: async (properties, context) => {
      const Bucket = nameOf(properties, context)
      const { region } = context
      const location = region === 'us-east-1' ? {} : { LocationConstraint: region }
      await context.call('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration: location })
      await tag(Bucket, properties, context)
      return Bucket
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async () => {
        const { Buckets = [] } = await context.call<ListBucketsOutput>('s3', 'ListBuckets', { Prefix: name })
        return Buckets.find(({ Name }) => Name === name)?.CreationDate
      }
      if (!(await isMadeSince(context, created, []))) return undefined
      await tag(name, properties, context)
      return name
    },
  },
  update: [...settings, tagsStep],
  defaults: { AccessControl: 'Private', ObjectLockEnabled: false },
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName'],
  read: (name, { region }) =>
    Promise.resolve({
      state: 'ready',
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      },
    }),
  actual: async (name, context, expected) => {
    if (!(await isThere(name, context))) return undefined
    const { Status } = await settingOf<GetBucketVersioningOutput>('GetBucketVersioning', name, context)
    const { PublicAccessBlockConfiguration: block = null } = await settingOf<GetPublicAccessBlockOutput>(
      'GetPublicAccessBlock',
      name,
      context,
    )
    const { TagSet } = await settingOf<GetBucketTaggingOutput>('GetBucketTagging', name, context)
    return seen(expected, {
      'VersioningConfiguration.Status': Status ?? null,
      ...Object.fromEntries(
        ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((key) => [
          `PublicAccessBlockConfiguration.${key}`,
          block?.[key as keyof typeof block] ?? false,
        ]),
      ),
      Tags: ownTags(TagSet),
    })
  },
  remove: async (Bucket, context) => {
    await tolerating(GONE, () => context.call('s3', 'DeleteBucket', { Bucket }))
    return true
  },
}
