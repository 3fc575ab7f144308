// Owns the resource type AWS::S3::BucketPolicy.
import type { GetBucketPolicyOutput } from '@aws-sdk/client-s3'

import { documentAs, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { documentOf } from '../iam/iam.ts'
import { textAt } from '../members.ts'
import { type ResourceType, READY } from '../resource-type.ts'

const GONE = ['NoSuchBucket', 'NoSuchBucketPolicy']

export const bucketPolicy: ResourceType = {
  name: 'AWS::S3::BucketPolicy',
  create: {
    operations: ['s3:PutBucketPolicy'],
    on: ['Bucket', 'PolicyDocument'],
    // Putting it again changes nothing.
    run: async (properties, context) => {
      const Bucket = textAt(properties, 'Bucket') ?? ''
      await context.call('s3', 'PutBucketPolicy', {
        Bucket,
        Policy: documentOf(properties['PolicyDocument']),
      })
      return Bucket
    },
  },
  update: [
    {
      operations: ['s3:PutBucketPolicy'],
      on: ['PolicyDocument'],
      run: async ({ physicalId: Bucket, after }, context) => {
        await context.call('s3', 'PutBucketPolicy', { Bucket, Policy: documentOf(after['PolicyDocument']) })
      },
    },
  ],
  attributes: [],
  read: () => Promise.resolve(READY),
  actual: async (Bucket, context, expected) => {
    const found = await unlessGone(GONE, () =>
      context.call<GetBucketPolicyOutput>('s3', 'GetBucketPolicy', { Bucket }),
    )
    return found && seen(expected, { PolicyDocument: documentAs(expected['PolicyDocument'], found.Policy) })
  },
  remove: async (Bucket, context) => {
    await tolerating(GONE, () => context.call('s3', 'DeleteBucketPolicy', { Bucket }))
    return true
  },
}
