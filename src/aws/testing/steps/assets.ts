// Owns the steps of S3 and ECR: a bucket with objects, a repository.
import { step, type Step } from './step.ts'

const Bucket = 'every-operation'
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [] })
const TAGS = [{ Key: 'k', Value: 'v' }]
const repositoryName = 'every/operation'
const resourceArn = `arn:aws:ecr:ap-southeast-1:111122223333:repository/${repositoryName}`

/** Makes, fills, describes and removes a bucket. */
const bucket: readonly Step[] = [
  step('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration: { LocationConstraint: 'ap-southeast-1' } }),
  step('s3', 'ListBuckets'),
  ...['HeadBucket', 'GetBucketAcl', 'GetBucketLocation', 'GetBucketVersioning', 'GetBucketEncryption'].map(
    (operation) => step('s3', operation, { Bucket }),
  ),
  step('s3', 'PutBucketEncryption', {
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
    },
  }),
  step('s3', 'PutPublicAccessBlock', {
    Bucket,
    PublicAccessBlockConfiguration: { BlockPublicAcls: true },
  }),
  step('s3', 'GetPublicAccessBlock', { Bucket }),
  step('s3', 'PutBucketPolicy', { Bucket, Policy: POLICY }),
  step('s3', 'GetBucketPolicy', { Bucket }),
  step('s3', 'PutBucketLifecycleConfiguration', {
    Bucket,
    LifecycleConfiguration: { Rules: [{ ID: 'a', Status: 'Enabled', Expiration: { Days: 7 } }] },
  }),
  step('s3', 'GetBucketLifecycleConfiguration', { Bucket }),
  step('s3', 'PutBucketOwnershipControls', {
    Bucket,
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  }),
  step('s3', 'GetBucketOwnershipControls', { Bucket }),
  step('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet: TAGS } }),
  step('s3', 'GetBucketTagging', { Bucket }),
  step('s3', 'PutObject', { Bucket, Key: 'a/b', Body: Buffer.from('content') }),
  step('s3', 'GetObject', { Bucket, Key: 'a/b' }),
  step('s3', 'HeadObject', { Bucket, Key: 'a/b' }),
  step('s3', 'CopyObject', { Bucket, Key: 'c', CopySource: `${Bucket}/a/b` }),
  ...['ListObjectsV2', 'ListObjects', 'ListObjectVersions'].map((operation) =>
    step('s3', operation, { Bucket }),
  ),
  step('s3', 'DeleteObject', { Bucket, Key: 'a/b' }),
  step('s3', 'DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'c' }] } }),
  step('s3', 'PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  ...[
    'DeleteBucketEncryption',
    'DeletePublicAccessBlock',
    'DeleteBucketPolicy',
    'DeleteBucketLifecycle',
    'DeleteBucketOwnershipControls',
    'DeleteBucketTagging',
    'DeleteBucket',
  ].map((operation) => step('s3', operation, { Bucket })),
]

const repository: readonly Step[] = [
  step('ecr', 'CreateRepository', { repositoryName }),
  step('ecr', 'DescribeRepositories', { repositoryNames: [repositoryName] }),
  step('ecr', 'DescribeImages', { repositoryName }),
  step('ecr', 'PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' }),
  step('ecr', 'PutImageScanningConfiguration', {
    repositoryName,
    imageScanningConfiguration: { scanOnPush: true },
  }),
  step('ecr', 'SetRepositoryPolicy', { repositoryName, policyText: POLICY }),
  step('ecr', 'GetRepositoryPolicy', { repositoryName }),
  step('ecr', 'PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: '{"rules":[]}'.padEnd(100) }),
  step('ecr', 'GetLifecyclePolicy', { repositoryName }),
  step('ecr', 'TagResource', { resourceArn, tags: TAGS }),
  step('ecr', 'ListTagsForResource', { resourceArn }),
  step('ecr', 'UntagResource', { resourceArn, tagKeys: ['k'] }),
  step('ecr', 'DeleteRepositoryPolicy', { repositoryName }),
  step('ecr', 'DeleteLifecyclePolicy', { repositoryName }),
  step('ecr', 'DeleteRepository', { repositoryName }),
]

/** All of them. */
export const assets: readonly Step[] = [...bucket, ...repository]
