// Owns the surface of the S3 service, as far as assets of deployments need it: buckets, their settings, objects.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as settings from './bucket-settings.ts'
import * as buckets from './buckets.ts'
import * as listings from './listings.ts'
import * as objects from './objects.ts'
import { S3State } from './state.ts'

/** Builds the S3 service of one region. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(new S3State(deps), {
    CreateBucket: buckets.createBucket,
    DeleteBucket: buckets.deleteBucket,
    HeadBucket: buckets.headBucket,
    ListBuckets: buckets.listBuckets,
    GetBucketAcl: buckets.getBucketAcl,
    GetBucketLocation: buckets.getBucketLocation,
    PutBucketVersioning: settings.putBucketVersioning,
    GetBucketVersioning: settings.getBucketVersioning,
    PutBucketEncryption: settings.putBucketEncryption,
    GetBucketEncryption: settings.getBucketEncryption,
    DeleteBucketEncryption: settings.deleteBucketEncryption,
    PutPublicAccessBlock: settings.putPublicAccessBlock,
    GetPublicAccessBlock: settings.getPublicAccessBlock,
    DeletePublicAccessBlock: settings.deletePublicAccessBlock,
    PutBucketPolicy: settings.putBucketPolicy,
    GetBucketPolicy: settings.getBucketPolicy,
    DeleteBucketPolicy: settings.deleteBucketPolicy,
    PutBucketLifecycleConfiguration: settings.putBucketLifecycleConfiguration,
    GetBucketLifecycleConfiguration: settings.getBucketLifecycleConfiguration,
    DeleteBucketLifecycle: settings.deleteBucketLifecycle,
    PutBucketOwnershipControls: settings.putBucketOwnershipControls,
    GetBucketOwnershipControls: settings.getBucketOwnershipControls,
    DeleteBucketOwnershipControls: settings.deleteBucketOwnershipControls,
    PutBucketTagging: settings.putBucketTagging,
    GetBucketTagging: settings.getBucketTagging,
    DeleteBucketTagging: settings.deleteBucketTagging,
    PutObject: objects.putObject,
    GetObject: objects.getObject,
    HeadObject: objects.headObject,
    CopyObject: objects.copyObject,
    DeleteObject: objects.deleteObject,
    DeleteObjects: objects.deleteObjects,
    ListObjectsV2: listings.listObjectsV2,
    ListObjects: listings.listObjects,
    ListObjectVersions: listings.listObjectVersions,
  })
}
