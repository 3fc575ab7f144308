// Owns the settings of buckets that are kept as records: encryption, public access, policy, lifecycle, ownership, tags.
import type * as sdk from '@aws-sdk/client-s3'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { BUCKET, changeBucket } from './buckets.ts'
import { notFound } from './errors.ts'
import type { BucketRecord, S3State } from './state.ts'

/** What clients send to have the body checked; it was, by the signature. */
const DIGESTS = ['ContentMD5', 'ChecksumAlgorithm'] as const

/** PutBucketVersioning. @throws AwsError NoSuchBucket, IllegalVersioningConfigurationException */
export const putBucketVersioning = operation<S3State, sdk.PutBucketVersioningRequest, void>()({
  honours: [...BUCKET, 'VersioningConfiguration.Status'],
  keeps: [...DIGESTS],
  handle: async (input, s3) => {
    const status = input.VersioningConfiguration?.Status
    if (status === undefined) {
      throw new AwsError(
        'IllegalVersioningConfigurationException',
        'The Versioning element must be specified',
      )
    }
    await changeBucket(s3, input, (bucket) => ({ ...bucket, versioning: status }))
  },
})

/** GetBucketVersioning: nothing for a bucket that never had any. @throws AwsError NoSuchBucket */
export const getBucketVersioning = operation<
  S3State,
  sdk.GetBucketVersioningRequest,
  sdk.GetBucketVersioningOutput
>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { versioning } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    return versioning === undefined ? {} : { Status: versioning }
  },
})

const RULE = 'ServerSideEncryptionConfiguration.Rules[]'

/** PutBucketEncryption: files of the data directory are as they are. @throws AwsError NoSuchBucket */
export const putBucketEncryption = operation<S3State, sdk.PutBucketEncryptionRequest, void>()({
  honours: [...BUCKET],
  keeps: [
    ...DIGESTS,
    `${RULE}.ApplyServerSideEncryptionByDefault.SSEAlgorithm`,
    `${RULE}.ApplyServerSideEncryptionByDefault.KMSMasterKeyID`,
    `${RULE}.BucketKeyEnabled`,
  ],
  handle: async (input, s3) => {
    const encryption = input.ServerSideEncryptionConfiguration?.Rules ?? []
    await changeBucket(s3, input, (bucket) => ({ ...bucket, encryption }))
  },
})

const BY_DEFAULT: readonly sdk.ServerSideEncryptionRule[] = [
  { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
]

/** GetBucketEncryption: every bucket has some since 2023. @throws AwsError NoSuchBucket */
export const getBucketEncryption = operation<
  S3State,
  sdk.GetBucketEncryptionRequest,
  sdk.GetBucketEncryptionOutput
>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { encryption = BY_DEFAULT } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    return { ServerSideEncryptionConfiguration: { Rules: [...encryption] } }
  },
})

/** DeleteBucketEncryption: back to what every bucket has. @throws AwsError NoSuchBucket */
export const deleteBucketEncryption = operation<S3State, sdk.DeleteBucketEncryptionRequest, void>()({
  honours: [...BUCKET],
  handle: (input, s3) => changeBucket(s3, input, ({ encryption: _gone, ...bucket }) => bucket),
})

/** PutPublicAccessBlock: no request without a signature is answered anyway. @throws AwsError NoSuchBucket */
export const putPublicAccessBlock = operation<S3State, sdk.PutPublicAccessBlockRequest, void>()({
  honours: [...BUCKET],
  keeps: [
    ...DIGESTS,
    'PublicAccessBlockConfiguration.BlockPublicAcls',
    'PublicAccessBlockConfiguration.IgnorePublicAcls',
    'PublicAccessBlockConfiguration.BlockPublicPolicy',
    'PublicAccessBlockConfiguration.RestrictPublicBuckets',
  ],
  handle: async (input, s3) => {
    const given = input.PublicAccessBlockConfiguration
    const publicAccessBlock = {
      BlockPublicAcls: given?.BlockPublicAcls ?? false,
      IgnorePublicAcls: given?.IgnorePublicAcls ?? false,
      BlockPublicPolicy: given?.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: given?.RestrictPublicBuckets ?? false,
    }
    await changeBucket(s3, input, (bucket) => ({ ...bucket, publicAccessBlock }))
  },
})

/** GetPublicAccessBlock. @throws AwsError NoSuchBucket, NoSuchPublicAccessBlockConfiguration */
export const getPublicAccessBlock = operation<
  S3State,
  sdk.GetPublicAccessBlockRequest,
  sdk.GetPublicAccessBlockOutput
>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { publicAccessBlock } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    if (!publicAccessBlock) throw notFound('NoSuchPublicAccessBlockConfiguration')
    return { PublicAccessBlockConfiguration: publicAccessBlock }
  },
})

/** DeletePublicAccessBlock. @throws AwsError NoSuchBucket */
export const deletePublicAccessBlock = operation<S3State, sdk.DeletePublicAccessBlockRequest, void>()({
  honours: [...BUCKET],
  handle: (input, s3) => changeBucket(s3, input, ({ publicAccessBlock: _gone, ...bucket }) => bucket),
})

/** PutBucketPolicy: it decides on every later call about the bucket. @throws AwsError MalformedPolicy, NoSuchBucket */
export const putBucketPolicy = operation<S3State, sdk.PutBucketPolicyRequest, void>()({
  honours: [...BUCKET, 'Policy'],
  keeps: [...DIGESTS, 'ConfirmRemoveSelfBucketAccess'],
  handle: async (input, s3) => {
    const { Policy: policy = '' } = input
    if (!isJson(policy)) throw new AwsError('MalformedPolicy', 'This policy contains invalid Json')
    await changeBucket(s3, input, (bucket) => ({ ...bucket, policy }))
  },
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** GetBucketPolicy. @throws AwsError NoSuchBucket, NoSuchBucketPolicy */
export const getBucketPolicy = operation<S3State, sdk.GetBucketPolicyRequest, sdk.GetBucketPolicyOutput>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { policy } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    if (policy === undefined) throw notFound('NoSuchBucketPolicy')
    return { Policy: policy }
  },
})

/** DeleteBucketPolicy. @throws AwsError NoSuchBucket */
export const deleteBucketPolicy = operation<S3State, sdk.DeleteBucketPolicyRequest, void>()({
  honours: [...BUCKET],
  handle: (input, s3) => changeBucket(s3, input, ({ policy: _gone, ...bucket }) => bucket),
})

const LIFECYCLE = 'LifecycleConfiguration.Rules[]'

/** PutBucketLifecycleConfiguration: kept and shown; nothing expires here. @throws AwsError NoSuchBucket */
export const putBucketLifecycleConfiguration = operation<
  S3State,
  sdk.PutBucketLifecycleConfigurationRequest,
  sdk.PutBucketLifecycleConfigurationOutput
>()({
  honours: [...BUCKET],
  keeps: [
    'ChecksumAlgorithm',
    `${LIFECYCLE}.ID`,
    `${LIFECYCLE}.Status`,
    `${LIFECYCLE}.Prefix`,
    `${LIFECYCLE}.Filter.Prefix`,
    `${LIFECYCLE}.Expiration.Days`,
    `${LIFECYCLE}.Expiration.ExpiredObjectDeleteMarker`,
    `${LIFECYCLE}.NoncurrentVersionExpiration.NoncurrentDays`,
    `${LIFECYCLE}.NoncurrentVersionExpiration.NewerNoncurrentVersions`,
    `${LIFECYCLE}.AbortIncompleteMultipartUpload.DaysAfterInitiation`,
  ],
  handle: async (input, s3) => {
    const lifecycle = (input.LifecycleConfiguration?.Rules ?? []).map((rule) => ({
      ...rule,
      ID: rule.ID ?? s3.deps.ids.uuid(),
    }))
    await changeBucket(s3, input, (bucket) => ({ ...bucket, lifecycle }))
    return {}
  },
})

/** GetBucketLifecycleConfiguration. @throws AwsError NoSuchBucket, NoSuchLifecycleConfiguration */
export const getBucketLifecycleConfiguration = operation<
  S3State,
  sdk.GetBucketLifecycleConfigurationRequest,
  sdk.GetBucketLifecycleConfigurationOutput
>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { lifecycle } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    if (!lifecycle) throw notFound('NoSuchLifecycleConfiguration')
    return { Rules: [...lifecycle] }
  },
})

/** DeleteBucketLifecycle. @throws AwsError NoSuchBucket */
export const deleteBucketLifecycle = operation<S3State, sdk.DeleteBucketLifecycleRequest, void>()({
  honours: [...BUCKET],
  handle: (input, s3) => changeBucket(s3, input, ({ lifecycle: _gone, ...bucket }) => bucket),
})

/** PutBucketOwnershipControls: everything belongs to the one account. @throws AwsError NoSuchBucket */
export const putBucketOwnershipControls = operation<S3State, sdk.PutBucketOwnershipControlsRequest, void>()({
  honours: [...BUCKET],
  keeps: [...DIGESTS, 'OwnershipControls.Rules[].ObjectOwnership'],
  handle: async (input, s3) => {
    const ownership = input.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? 'BucketOwnerEnforced'
    await changeBucket(s3, input, (bucket) => ({ ...bucket, ownership }))
  },
})

/** GetBucketOwnershipControls. @throws AwsError NoSuchBucket, OwnershipControlsNotFoundError */
export const getBucketOwnershipControls = operation<
  S3State,
  sdk.GetBucketOwnershipControlsRequest,
  sdk.GetBucketOwnershipControlsOutput
>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    const { ownership } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    if (ownership === undefined) throw notFound('OwnershipControlsNotFoundError')
    // A setting may be newer than the SDK's enumeration.
    return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership as 'ObjectWriter' }] } }
  },
})

/** DeleteBucketOwnershipControls. @throws AwsError NoSuchBucket */
export const deleteBucketOwnershipControls = operation<
  S3State,
  sdk.DeleteBucketOwnershipControlsRequest,
  void
>()({
  honours: [...BUCKET],
  handle: (input, s3) => changeBucket(s3, input, ({ ownership: _gone, ...bucket }) => bucket),
})

/** PutBucketTagging: all tags anew. @throws AwsError InvalidTag, NoSuchBucket */
export const putBucketTagging = operation<S3State, sdk.PutBucketTaggingRequest, void>()({
  honours: [...BUCKET, 'Tagging.TagSet[].Key', 'Tagging.TagSet[].Value'],
  keeps: [...DIGESTS],
  handle: async (input, s3, { calledVia }) => {
    const pairs = (input.Tagging?.TagSet ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
    const isOwn = (key: string): boolean => !key.startsWith('aws:')
    if (calledVia === undefined && !pairs.every(([key]) => isOwn(key))) {
      throw new AwsError('InvalidTag', 'System tags cannot be added/updated by requester')
    }
    await changeBucket(s3, input, (bucket) => ({ ...bucket, tags: tagsAfter(bucket, pairs, calledVia) }))
  },
})

// What CloudFormation has written stays when somebody else puts tags.
function tagsAfter(
  { tags = {} }: BucketRecord,
  pairs: readonly (readonly [string, string])[],
  calledVia: string | undefined,
): Record<string, string> {
  const system = Object.entries(tags).filter(([key]) => calledVia === undefined && key.startsWith('aws:'))
  return Object.fromEntries([...system, ...pairs])
}

/** GetBucketTagging. @throws AwsError NoSuchBucket, NoSuchTagSet */
export const getBucketTagging = operation<S3State, sdk.GetBucketTaggingRequest, sdk.GetBucketTaggingOutput>()(
  {
    honours: [...BUCKET],
    handle: (input, s3) => {
      const { tags = {} } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      if (Object.keys(tags).length === 0) throw notFound('NoSuchTagSet')
      return { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  },
)

/** DeleteBucketTagging. @throws AwsError NoSuchBucket */
export const deleteBucketTagging = operation<S3State, sdk.DeleteBucketTaggingRequest, void>()({
  honours: [...BUCKET],
  handle: (input, s3) =>
    changeBucket(s3, input, (bucket) => ({ ...bucket, tags: tagsAfter(bucket, [], undefined) })),
})
