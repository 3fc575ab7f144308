// Owns buckets: making, finding, listing and deleting them.
import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from '@aws-sdk/client-s3'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { nameOfToken, tokenOf } from './continuation.ts'
import { invalidArgument } from './errors.ts'
import type { BucketRecord, S3State } from './state.ts'

/** Members that name a bucket. */
export const BUCKET = ['Bucket', 'ExpectedBucketOwner'] as const

// User guide, "General purpose bucket naming rules".
function isName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name)
  )
}

/** CreateBucket. @throws AwsError BucketAlreadyOwnedByYou, InvalidBucketName, IllegalLocationConstraintException */
export const createBucket = operation<S3State, CreateBucketRequest, CreateBucketOutput>()({
  honours: ['Bucket', 'CreateBucketConfiguration.LocationConstraint', 'ObjectOwnership'],
  keeps: ['ACL'],
  handle: async (input, s3) => {
    const { Bucket: name = '', ObjectOwnership: ownership } = input
    if (!isName(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.')
    if (input.ACL !== undefined && input.ACL !== 'private') {
      throw new AwsError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      )
    }
    checkLocation(s3, input.CreateBucketConfiguration?.LocationConstraint)
    return await s3.deps.store.transact((tx) => {
      if (s3.buckets.get(name)) {
        // "In us-east-1 … S3 returns 200 OK" (API_CreateBucket).
        if (s3.deps.region === 'us-east-1') return { Location: `/${name}` }
        throw new AwsError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          { status: 409 },
        )
      }
      s3.buckets.putIn(tx, name, {
        name,
        createdAtMs: s3.deps.clock.now(),
        // What every new bucket has since April 2023.
        publicAccessBlock: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
        ownership: ownership ?? 'BucketOwnerEnforced',
      })
      return { Location: `/${name}` }
    })
  },
})

function checkLocation({ deps: { region } }: S3State, asked: string | undefined): void {
  if (asked === region || (asked === undefined && region === 'us-east-1')) return
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${asked ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
}

/** DeleteBucket. @throws AwsError NoSuchBucket, BucketNotEmpty */
export const deleteBucket = operation<S3State, DeleteBucketRequest, void>()({
  honours: [...BUCKET],
  handle: async (input, s3) => {
    await s3.deps.store.transact((tx) => {
      const { name, versioning } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      if (s3.objects.list(`${name}/`).length > 0) {
        const versions = versioning === undefined ? '' : ' You must delete all versions in the bucket.'
        throw new AwsError('BucketNotEmpty', `The bucket you tried to delete is not empty.${versions}`, {
          status: 409,
        })
      }
      s3.buckets.deleteIn(tx, name)
    })
  },
})

/** HeadBucket. @throws AwsError NoSuchBucket */
export const headBucket = operation<S3State, HeadBucketRequest, HeadBucketOutput>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    return { BucketRegion: s3.deps.region, AccessPointAlias: false }
  },
})

/** ListBuckets, in order of name. */
export const listBuckets = operation<S3State, ListBucketsRequest, ListBucketsOutput>()({
  honours: ['Prefix', 'MaxBuckets', 'ContinuationToken', 'BucketRegion'],
  handle: (input, s3) => {
    const { Prefix = '', MaxBuckets = 10_000, BucketRegion } = input
    const after = input.ContinuationToken === undefined ? '' : nameOfToken(input.ContinuationToken)
    if (MaxBuckets < 1 || MaxBuckets > 10_000) {
      throw invalidArgument('Argument max-buckets must be an integer between 1 and 10000')
    }
    const isHere = BucketRegion === undefined || BucketRegion === s3.deps.region
    const all = s3.buckets
      .list()
      .filter(({ name }) => isHere && name.startsWith(Prefix) && name > after)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const page = all.slice(0, MaxBuckets)
    return {
      Buckets: page.map((bucket) => ({
        Name: bucket.name,
        CreationDate: new Date(bucket.createdAtMs),
        BucketRegion: s3.deps.region,
      })),
      Owner: { ID: ownerId(s3) },
      ...(all.length > page.length ? { ContinuationToken: tokenOf(page.at(-1)?.name ?? '') } : {}),
      ...(Prefix === '' ? {} : { Prefix }),
    }
  },
})

/** A canonical user id: 64 hexadecimal digits, here those of the account. */
export function ownerId({ deps: { accountId } }: S3State): string {
  return accountId.padStart(64, '0')
}

/** GetBucketLocation: empty for us-east-1. @throws AwsError NoSuchBucket */
export const getBucketLocation = operation<S3State, GetBucketLocationRequest, GetBucketLocationOutput>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    const { region } = s3.deps
    // A region may be newer than the SDK's enumeration.
    return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' }
  },
})

/** GetBucketAcl: its owner has it, as ACLs are off. @throws AwsError NoSuchBucket */
export const getBucketAcl = operation<S3State, GetBucketAclRequest, GetBucketAclOutput>()({
  honours: [...BUCKET],
  handle: (input, s3) => {
    s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    const Owner = { ID: ownerId(s3) }
    return { Owner, Grants: [{ Grantee: { ...Owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }] }
  },
})

/** Changes a bucket as one step. @throws AwsError NoSuchBucket */
export async function changeBucket(
  s3: S3State,
  input: { readonly Bucket?: string | undefined; readonly ExpectedBucketOwner?: string | undefined },
  change: (bucket: BucketRecord) => BucketRecord,
): Promise<void> {
  await s3.deps.store.transact((tx) => {
    const bucket = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    s3.buckets.putIn(tx, bucket.name, change(bucket))
  })
}
