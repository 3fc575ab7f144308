import * as sdk from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'

import { createTestRegion, REGION } from '../../testing/test-region.ts'
import { amzDate } from '../../protocol/sigv4.ts'
import { signRequest } from '../../testing/sign-request.ts'

async function client(): Promise<{ s3: sdk.S3Client; endpoint: string }> {
  const region = await createTestRegion()
  const settings = region.client(await region.listen())
  return { s3: new sdk.S3Client({ ...settings, forcePathStyle: true }), endpoint: settings.endpoint }
}

async function withBucket(Bucket = 'assets'): Promise<sdk.S3Client> {
  const { s3 } = await client()
  const CreateBucketConfiguration = { LocationConstraint: REGION as 'ap-southeast-1' }
  await s3.send(new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration }))
  return s3
}

async function textOf(s3: sdk.S3Client, input: sdk.GetObjectCommandInput): Promise<string> {
  const { Body } = await s3.send(new sdk.GetObjectCommand(input))
  return (await Body?.transformToString()) ?? ''
}

function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { name: string }) => error.name,
  )
}

test('an object is written, described, read whole and in part, and deleted', async () => {
  const s3 = await withBucket()
  const place = { Bucket: 'assets', Key: 'a folder/ä ~ one+two//three.json' }
  const { ETag } = await s3.send(
    new sdk.PutObjectCommand({
      ...place,
      Body: '{"a":1}',
      ContentType: 'application/json',
      CacheControl: 'no-cache',
      Metadata: { owner: 'ada' },
    }),
  )
  expect(ETag).toBe('"bb6cb5c68df4652941caf652a366f2d8"')
  const head = await s3.send(new sdk.HeadObjectCommand(place))
  expect(head).toMatchObject({
    ContentLength: 7,
    ContentType: 'application/json',
    CacheControl: 'no-cache',
    ETag,
    Metadata: { owner: 'ada' },
  })
  expect(await textOf(s3, place)).toBe('{"a":1}')
  expect(await textOf(s3, { ...place, Range: 'bytes=1-3' })).toBe('"a"')
  expect(await code(s3.send(new sdk.GetObjectCommand({ ...place, Range: 'bytes=9-' })))).toBe('InvalidRange')
  expect(await code(s3.send(new sdk.GetObjectCommand({ ...place, IfMatch: '"x"' })))).toBe(
    'PreconditionFailed',
  )
  await s3.send(new sdk.DeleteObjectCommand(place))
  expect(await code(s3.send(new sdk.GetObjectCommand(place)))).toBe('NoSuchKey')
})

test('a stream of unknown length comes in chunks with its checksum behind', async () => {
  const s3 = await withBucket()
  const { Readable } = await import('node:stream')
  const Body = Readable.from([Buffer.from('first '), Buffer.from('second')])
  const place = { Bucket: 'assets', Key: 'stream' }
  await s3.send(new sdk.PutObjectCommand({ ...place, Body, ContentLength: 12 }))
  expect(await textOf(s3, place)).toBe('first second')
})

test('a body that its digest does not fit is refused, and nothing is kept', async () => {
  const s3 = await withBucket()
  const put = new sdk.PutObjectCommand({
    Bucket: 'assets',
    Key: 'x',
    Body: 'a',
    ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==',
  })
  expect(await code(s3.send(put))).toBe('BadDigest')
  expect(await code(s3.send(new sdk.HeadObjectCommand({ Bucket: 'assets', Key: 'x' })))).toBe('NotFound')
})

test('keys are listed in the order of their bytes, in folders, a page at a time', async () => {
  const s3 = await withBucket()
  for (const Key of ['b', 'a/2', 'a/1', 'ä', 'c/deep/er', 'a!']) {
    await s3.send(new sdk.PutObjectCommand({ Bucket: 'assets', Key, Body: Key }))
  }
  const all = await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'assets' }))
  expect(all.Contents?.map(({ Key }) => Key)).toEqual(['a!', 'a/1', 'a/2', 'b', 'c/deep/er', 'ä'])
  expect(all).toMatchObject({ KeyCount: 6, IsTruncated: false, MaxKeys: 1000, Name: 'assets' })
  const folders = await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'assets', Delimiter: '/' }))
  expect(folders.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/'])
  expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['a!', 'b', 'ä'])
  const pages: string[] = []
  const input = { Bucket: 'assets', Delimiter: '/', MaxKeys: 2 }
  for await (const page of sdk.paginateListObjectsV2({ client: s3 }, input)) {
    pages.push(
      [
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map((each) => each.Prefix),
      ].join(),
    )
  }
  expect(pages).toEqual(['a!,a/', 'b,c/', 'ä'])
  const old = await s3.send(new sdk.ListObjectsCommand({ Bucket: 'assets', Prefix: 'a/', Marker: 'a/1' }))
  expect(old.Contents?.map(({ Key }) => Key)).toEqual(['a/2'])
})

test('with versions an object that is deleted is there still, under its id', async () => {
  const s3 = await withBucket()
  const place = { Bucket: 'assets', Key: 'template.json' }
  await s3.send(new sdk.PutObjectCommand({ ...place, Body: 'before' }))
  await s3.send(
    new sdk.PutBucketVersioningCommand({
      Bucket: 'assets',
      VersioningConfiguration: { Status: 'Enabled' },
    }),
  )
  const first = await s3.send(new sdk.PutObjectCommand({ ...place, Body: 'first' }))
  await s3.send(new sdk.PutObjectCommand({ ...place, Body: 'second' }))
  const gone = await s3.send(new sdk.DeleteObjectCommand(place))
  expect(gone.DeleteMarker).toBe(true)
  expect(await code(s3.send(new sdk.GetObjectCommand(place)))).toBe('NoSuchKey')
  expect(await textOf(s3, { ...place, VersionId: first.VersionId })).toBe('first')
  expect(await textOf(s3, { ...place, VersionId: 'null' })).toBe('before')
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new sdk.ListObjectVersionsCommand({ Bucket: 'assets' }),
  )
  expect(Versions.map(({ IsLatest, Size }) => [IsLatest, Size])).toEqual([
    [false, 6],
    [false, 5],
    [false, 6],
  ])
  expect(DeleteMarkers.map(({ IsLatest }) => IsLatest)).toEqual([true])
  expect(await code(s3.send(new sdk.DeleteBucketCommand({ Bucket: 'assets' })))).toBe('BucketNotEmpty')
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  await s3.send(new sdk.DeleteObjectsCommand({ Bucket: 'assets', Delete: { Objects } }))
  await s3.send(new sdk.DeleteBucketCommand({ Bucket: 'assets' }))
  expect((await s3.send(new sdk.ListBucketsCommand({}))).Buckets ?? []).toEqual([])
})

test('settings of a bucket are kept and shown; those of every new bucket are there from the start', async () => {
  const s3 = await withBucket()
  const Bucket = 'assets'
  const { PublicAccessBlockConfiguration } = await s3.send(new sdk.GetPublicAccessBlockCommand({ Bucket }))
  expect(PublicAccessBlockConfiguration?.BlockPublicAcls).toBe(true)
  const { ServerSideEncryptionConfiguration } = await s3.send(new sdk.GetBucketEncryptionCommand({ Bucket }))
  expect(ServerSideEncryptionConfiguration?.Rules?.[0]).toMatchObject({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
  })
  expect((await s3.send(new sdk.GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe(REGION)
  expect(await code(s3.send(new sdk.GetBucketPolicyCommand({ Bucket })))).toBe('NoSuchBucketPolicy')
  const Policy = '{"Version":"2012-10-17","Statement":[]}'
  await s3.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }))
  expect((await s3.send(new sdk.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy)
  const Rules = [
    {
      ID: 'old',
      Status: 'Enabled' as const,
      Filter: { Prefix: '' },
      NoncurrentVersionExpiration: { NoncurrentDays: 365 },
    },
  ]
  await s3.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  const kept = await s3.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }))
  expect(kept.Rules).toEqual(Rules)
  const TagSet = [{ Key: 'team', Value: 'a & b' }]
  await s3.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
  expect((await s3.send(new sdk.GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet)
})

test.each([
  [
    'a bucket that is there',
    { Bucket: 'assets', CreateBucketConfiguration: { LocationConstraint: REGION } },
    'BucketAlreadyOwnedByYou',
  ],
  [
    'the location of another region',
    { Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
    'IllegalLocationConstraintException',
  ],
  [
    'a name of another form',
    { Bucket: 'Upper', CreateBucketConfiguration: { LocationConstraint: REGION } },
    'InvalidBucketName',
  ],
  [
    'an address for a name',
    { Bucket: '10.0.0.1', CreateBucketConfiguration: { LocationConstraint: REGION } },
    'InvalidBucketName',
  ],
])('creating with %s is refused', async (_what, input, expected) => {
  const s3 = await withBucket()
  expect(await code(s3.send(new sdk.CreateBucketCommand(input as sdk.CreateBucketCommandInput)))).toBe(
    expected,
  )
})

test('an object shows how it is kept: as it asks for, else as its bucket does', async () => {
  const s3 = await withBucket()
  const Bucket = 'assets'
  const head = (Key: string) => s3.send(new sdk.HeadObjectCommand({ Bucket, Key }))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'first' }))
  expect(await head('first')).toMatchObject({ ServerSideEncryption: 'AES256' })
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/s' } as const
  const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }]
  await s3.send(new sdk.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }))
  const byBucket = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/s', BucketKeyEnabled: true }
  const put = await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'second', StorageClass: 'STANDARD_IA' }))
  expect(put).toMatchObject(byBucket)
  expect(await head('second')).toMatchObject({ ...byBucket, StorageClass: 'STANDARD_IA' })
  const own = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/own' } as const
  const copied = { Bucket, Key: 'third', CopySource: 'assets/second', ...own }
  expect(await s3.send(new sdk.CopyObjectCommand(copied))).toMatchObject(own)
  expect(await head('third')).toMatchObject(own)
  const { Contents = [] } = await s3.send(new sdk.ListObjectsV2Command({ Bucket }))
  expect(Contents.map(({ StorageClass }) => StorageClass)).toEqual(['STANDARD', 'STANDARD_IA', 'STANDARD'])
})

test('a copy has what its source has', async () => {
  const s3 = await withBucket()
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'assets', Key: 'a b', Body: 'x', Metadata: { k: 'v' } }))
  await s3.send(new sdk.CopyObjectCommand({ Bucket: 'assets', Key: 'c', CopySource: 'assets/a%20b' }))
  const head = await s3.send(new sdk.HeadObjectCommand({ Bucket: 'assets', Key: 'c' }))
  expect([head.ContentLength, head.Metadata]).toEqual([1, { k: 'v' }])
})

test('access control lists are refused unless the bucket has them, and then what nobody here would heed', async () => {
  const s3 = await withBucket()
  const put = (ACL: sdk.ObjectCannedACL) =>
    s3.send(new sdk.PutObjectCommand({ Bucket: 'assets', Key: 'a', Body: 'x', ACL }))
  await put('bucket-owner-full-control')
  await expect(put('private')).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] }
  await s3.send(new sdk.PutBucketOwnershipControlsCommand({ Bucket: 'assets', OwnershipControls }))
  await put('private')
  await expect(put('public-read')).rejects.toThrow('The ACL public-read is not emulated by Neargate')
})

test(
  'what is too much altogether is refused, and deleting makes room again',
  { timeout: 30_000 },
  async () => {
    const s3 = await withBucket()
    const Body = Buffer.alloc(7 * 1024 * 1024)
    const put = (Key: string) => s3.send(new sdk.PutObjectCommand({ Bucket: 'assets', Key, Body }))
    for (let index = 0; index < 9; index++) await put(`part-${index}`)
    await expect(put('one-more')).rejects.toThrow('Neargate keeps 64 MiB of objects in a region')
    await s3.send(new sdk.DeleteObjectCommand({ Bucket: 'assets', Key: 'part-0' }))
    await put('one-more')
  },
)

test('a request without a signature is refused, and a bucket may stand in the name of the host', async () => {
  const region = await createTestRegion()
  const nowMs = region.deps.clock.now()
  const send = async (method: string, url: string, host: string, body = '') => {
    const request = { method, url, headers: { host }, body: Buffer.from(body) }
    const keys = { ...region.credentials, region: REGION, service: 's3', nowMs }
    return await region.endpoint.handle(signRequest(request, keys))
  }
  const location = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`
  expect((await send('PUT', '/', 'assets.localhost:4566', location)).status).toBe(200)
  expect((await send('PUT', '/a/b.txt', `assets.s3.${REGION}.amazonaws.com`, 'hello')).status).toBe(200)
  const found = await send('GET', '/assets/a/b.txt', '127.0.0.1:4566')
  expect([found.status, Buffer.from(found.body as Uint8Array).toString()]).toEqual([200, 'hello'])
  const unsigned = await region.endpoint.handle({
    method: 'GET',
    url: `/assets/a/b.txt?X-Amz-Date=${amzDate(nowMs)}`,
    headers: { host: '127.0.0.1:4566' },
    body: Buffer.from(''),
  })
  expect(unsigned.status).toBe(403)
})
