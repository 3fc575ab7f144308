// Owns objects: writing, reading, copying and deleting them, with and without versions.
import { createHash } from 'node:crypto'

import type * as sdk from '@aws-sdk/client-s3'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { decodeText } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { notEmulatedError } from '../../protocol/violation.ts'
import { BUCKET } from './buckets.ts'
import { invalidArgument, notFound } from './errors.ts'
import {
  type BucketRecord,
  type Keeping,
  MAX_TOTAL_BYTES,
  type ObjectVersion,
  type S3State,
} from './state.ts'

const SETTINGS = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
] as const
/** Kept with the object and shown, checked where the algorithm is at hand. */
const CHECKSUMS = [
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const

interface Draft {
  readonly bucket: BucketRecord
  readonly key: string
  readonly body: Uint8Array
  readonly settings: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  readonly keeping: Keeping
}

/** The SDK's client takes streams; over the wire, and from other services, a body is bytes. */
type PutObjectInput = Omit<sdk.PutObjectRequest, 'Body'> & { readonly Body?: Uint8Array | undefined }

/**
 * The only lists there are say what holds anyway: that the owner has the object.
 * @throws AwsError AccessControlListNotSupported where the bucket has none, as by default (user guide, "Controlling
 *   ownership of objects"); NotImplemented
 */
function checkAcl(acl: string | undefined, { ownership = 'BucketOwnerEnforced' }: BucketRecord): void {
  if (acl === undefined || acl === 'bucket-owner-full-control') return
  if (ownership === 'BucketOwnerEnforced')
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
  if (acl !== 'private') throw notEmulatedError('rest-xml', `The ACL ${acl}`)
}

/**
 * PutObject.
 * @throws AwsError NoSuchBucket, BadDigest, EntityTooLarge, PreconditionFailed, AccessControlListNotSupported
 */
export const putObject = operation<S3State, PutObjectInput, sdk.PutObjectOutput>()({
  honours: [...BUCKET, 'Key', 'Body', 'Metadata', 'ContentMD5', 'IfNoneMatch', ...SETTINGS, ...CHECKSUMS],
  // Objects are kept as they come, whatever protects them on AWS.
  keeps: [
    'ContentLength',
    'ChecksumAlgorithm',
    'ACL',
    'ServerSideEncryption',
    'SSEKMSKeyId',
    'BucketKeyEnabled',
    'StorageClass',
  ],
  handle: async (input, s3) => {
    const body = input.Body ?? new Uint8Array()
    checkDigests(input, body)
    return await s3.deps.store.transact((tx) => {
      const bucket = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      checkAcl(input.ACL, bucket)
      const { Key: key = '', Metadata: metadata = {} } = input
      if (input.IfNoneMatch === '*' && current(s3, bucket.name, key)?.contentId !== undefined) {
        throw new AwsError(
          'PreconditionFailed',
          'At least one of the pre-conditions you specified did not hold',
          { status: 412 },
        )
      }
      const settings = settingsOf(input)
      const keeping = keepingOf(input, bucket)
      const version = write(tx, s3, { bucket, key, body, settings, metadata, keeping })
      return {
        ETag: version.etag,
        ...encryptionShown(version),
        ...versionShown(version),
        ...pick(settings, CHECKSUMS),
      }
    })
  },
})

function settingsOf(
  input: Partial<Record<(typeof SETTINGS | typeof CHECKSUMS)[number], string | undefined>>,
) {
  return pick(input, [...SETTINGS, ...CHECKSUMS])
}

function pick(
  from: Partial<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name] ?? '']])),
  )
}

/** What a request says of how the object is kept, and where it says nothing what the bucket does. */
function keepingOf(
  input: { [Member in keyof Keeping]?: Keeping[Member] | undefined },
  { encryption: [rule] = [] }: BucketRecord,
): Keeping {
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {}
  const isAsked = input.ServerSideEncryption !== undefined
  const algorithm = isAsked ? input.ServerSideEncryption : SSEAlgorithm
  const keyId = isAsked ? input.SSEKMSKeyId : KMSMasterKeyID
  const isByBucketKey = input.BucketKeyEnabled ?? rule?.BucketKeyEnabled
  return {
    ...(algorithm !== undefined && algorithm !== 'AES256'
      ? {
          ServerSideEncryption: algorithm,
          ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }),
          ...(isByBucketKey === undefined ? {} : { BucketKeyEnabled: isByBucketKey }),
        }
      : {}),
    ...(input.StorageClass === undefined ? {} : { StorageClass: input.StorageClass }),
  }
}

function encryptionShown({ keeping }: ObjectVersion): Omit<Keeping, 'StorageClass'> {
  const { StorageClass: _class, ...encryption } = keeping ?? {}
  return { ServerSideEncryption: 'AES256', ...encryption }
}

function versionShown({ id }: ObjectVersion): { VersionId?: string } {
  return id === 'null' ? {} : { VersionId: id }
}

const ALGORITHMS = { ContentMD5: 'md5', ChecksumSHA1: 'sha1', ChecksumSHA256: 'sha256' } as const

function checkDigests(input: Partial<Record<string, unknown>>, body: Uint8Array): void {
  for (const [member, algorithm] of Object.entries(ALGORITHMS)) {
    const given = input[member]
    if (given === undefined || given === createHash(algorithm).update(body).digest('base64')) continue
    const name = member === 'ContentMD5' ? 'Content-MD5' : algorithm.toUpperCase()
    throw new AwsError('BadDigest', `The ${name} you specified did not match the calculated checksum.`)
  }
}

/** The newest version of an object; undefined when there is none. */
function current(s3: S3State, bucket: string, key: string): ObjectVersion | undefined {
  return s3.object(bucket, key)?.versions[0]
}

function write(tx: Writer, s3: S3State, { bucket, key, body, ...kept }: Draft): ObjectVersion {
  const { ids, clock } = s3.deps
  if (s3.totalBytes() + body.length > MAX_TOTAL_BYTES) {
    throw new AwsError(
      'EntityTooLarge',
      `Your proposed upload exceeds the maximum allowed size: Neargate keeps ${MAX_TOTAL_BYTES / 1024 / 1024} MiB of objects in a region. Delete some first.`,
    )
  }
  const version: ObjectVersion = {
    id: bucket.versioning === 'Enabled' ? ids.hex(32) : 'null',
    modifiedAtMs: clock.now(),
    contentId: ids.uuid(),
    size: body.length,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    ...kept,
  }
  s3.contents.putIn(tx, version.contentId ?? '', { base64: Buffer.from(body).toString('base64') })
  add(tx, s3, { bucket: bucket.name, key, version })
  return version
}

// The version `null` stands in place of one before it; numbered ones stay beside each other.
function add(
  tx: Writer,
  s3: S3State,
  { bucket, key, version }: { bucket: string; key: string; version: ObjectVersion },
): void {
  const older = (s3.object(bucket, key)?.versions ?? []).filter(
    ({ id }) => version.id !== 'null' || id !== 'null',
  )
  s3.putIn(tx, { bucket, key, versions: [version, ...older] })
}

interface Asked {
  readonly Bucket?: string | undefined
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
  readonly ExpectedBucketOwner?: string | undefined
}

/** The version of an object that is asked for. @throws AwsError NoSuchBucket, NoSuchKey, NoSuchVersion, MethodNotAllowed */
function find(s3: S3State, { Bucket, Key = '', VersionId, ExpectedBucketOwner }: Asked): ObjectVersion {
  const { name } = s3.bucket(Bucket, ExpectedBucketOwner)
  const versions = s3.object(name, Key)?.versions ?? []
  const found = VersionId === undefined ? versions[0] : versions.find(({ id }) => id === VersionId)
  if (!found) throw notFound(VersionId === undefined ? 'NoSuchKey' : 'NoSuchVersion')
  if (found.contentId !== undefined) return found
  if (VersionId === undefined) throw notFound('NoSuchKey')
  throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
  })
}

const CONDITIONS = ['IfMatch', 'IfNoneMatch'] as const
const READING = [...BUCKET, 'Key', 'VersionId', 'Range', ...CONDITIONS] as const
const RESPONSES = {
  ResponseCacheControl: 'CacheControl',
  ResponseContentDisposition: 'ContentDisposition',
  ResponseContentEncoding: 'ContentEncoding',
  ResponseContentLanguage: 'ContentLanguage',
  ResponseContentType: 'ContentType',
} as const

function checkConditions(
  { IfMatch, IfNoneMatch }: { IfMatch?: string | undefined; IfNoneMatch?: string | undefined },
  { etag }: ObjectVersion,
): void {
  const isNamed = (list: string): boolean =>
    list === '*' || list.split(',').some((each) => unquoted(each) === unquoted(etag))
  if (IfMatch !== undefined && !isNamed(IfMatch)) {
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      { status: 412 },
    )
  }
  if (IfNoneMatch !== undefined && isNamed(IfNoneMatch)) {
    throw new AwsError('NotModified', 'Not Modified', { status: 304 })
  }
}

function unquoted(etag: string): string {
  return etag.trim().replaceAll('"', '')
}

function shown(version: ObjectVersion): sdk.HeadObjectOutput {
  const storageClass = version.keeping?.StorageClass
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(version.modifiedAtMs),
    ETag: version.etag,
    ...encryptionShown(version),
    // "Amazon S3 returns this header for all objects except for S3 Standard" (API_HeadObject).
    ...(storageClass === undefined || storageClass === 'STANDARD' ? {} : { StorageClass: storageClass }),
    Metadata: { ...version.metadata },
    ...versionShown(version),
    ContentType: 'binary/octet-stream',
    ...pick(version.settings, SETTINGS),
  }
}

function checksumsOf(
  input: { ChecksumMode?: string | undefined },
  { settings }: ObjectVersion,
): Record<string, string> {
  return input.ChecksumMode === 'ENABLED' ? pick(settings, CHECKSUMS) : {}
}

interface Part {
  readonly from: number
  /** The first byte that no longer belongs to it. */
  readonly to: number
  readonly range?: string
}

// RFC 9110, `bytes=0-99`, `bytes=100-`, `bytes=-50`; anything else is ignored, as S3 does.
function partOf(range: string | undefined, size: number): Part {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (first === '' && last === '') return { from: 0, to: size }
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (from >= size || from >= to) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416 })
  }
  return { from, to, range: `bytes ${from}-${to - 1}/${size}` }
}

/** GetObject. @throws AwsError NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidRange, PreconditionFailed, NotModified */
export const getObject = operation<S3State, sdk.GetObjectRequest, sdk.GetObjectOutput>()({
  honours: [
    ...READING,
    'ChecksumMode',
    'ResponseCacheControl',
    'ResponseContentDisposition',
    'ResponseContentEncoding',
    'ResponseContentLanguage',
    'ResponseContentType',
  ],
  handle: (input, s3) => {
    const version = find(s3, input)
    checkConditions(input, version)
    const { from, to, range } = partOf(input.Range, version.size)
    const overrides = Object.entries(RESPONSES).flatMap(([asked, member]) => {
      const value = input[asked as keyof typeof RESPONSES]
      return value === undefined ? [] : [[member, value]]
    })
    return {
      ...shown(version),
      ...Object.fromEntries(overrides),
      ...(range === undefined ? checksumsOf(input, version) : { ContentRange: range }),
      ContentLength: to - from,
      // What answers are made of here; a client's SDK makes a stream of it.
      Body: s3.contentOf(version).subarray(from, to) as unknown as NonNullable<sdk.GetObjectOutput['Body']>,
    }
  },
})

/** HeadObject. @throws AwsError as GetObject */
export const headObject = operation<S3State, sdk.HeadObjectRequest, sdk.HeadObjectOutput>()({
  honours: [...BUCKET, 'Key', 'VersionId', 'ChecksumMode', ...CONDITIONS],
  handle: (input, s3) => {
    const version = find(s3, input)
    checkConditions(input, version)
    return { ...shown(version), ...checksumsOf(input, version), ContentLength: version.size }
  },
})

/** CopyObject. @throws AwsError NoSuchBucket, NoSuchKey, InvalidArgument, EntityTooLarge */
export const copyObject = operation<S3State, sdk.CopyObjectRequest, sdk.CopyObjectOutput>()({
  honours: [...BUCKET, 'Key', 'CopySource', 'Metadata', 'MetadataDirective', ...SETTINGS],
  keeps: ['ACL', 'ServerSideEncryption', 'SSEKMSKeyId', 'StorageClass'],
  handle: async (input, s3) =>
    await s3.deps.store.transact((tx) => {
      const bucket = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      checkAcl(input.ACL, bucket)
      const source = find(s3, sourceOf(input.CopySource ?? ''))
      const isNew = input.MetadataDirective === 'REPLACE'
      const version = write(tx, s3, {
        bucket,
        key: input.Key ?? '',
        body: s3.contentOf(source),
        settings: isNew ? settingsOf(input) : source.settings,
        metadata: isNew ? (input.Metadata ?? {}) : source.metadata,
        keeping: keepingOf(input, bucket),
      })
      const CopyObjectResult = { ETag: version.etag, LastModified: new Date(version.modifiedAtMs) }
      return { CopyObjectResult, ...encryptionShown(version), ...versionShown(version) }
    }),
})

/** `BUCKET/KEY` or `/BUCKET/KEY`, escaped, with `?versionId=` behind. */
function sourceOf(text: string): Asked {
  const [path = '', versionId] = text.split('?versionId=')
  const [Bucket = '', ...key] = path.replace(/^\//, '').split('/').map(decodeText)
  if (Bucket === '' || key.length === 0) {
    throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  }
  return { Bucket, Key: key.join('/'), ...(versionId === undefined ? {} : { VersionId: versionId }) }
}

interface Removal {
  readonly DeleteMarker?: boolean
  readonly VersionId?: string
}

function remove(
  tx: Writer,
  s3: S3State,
  { bucket, key, versionId }: { bucket: BucketRecord; key: string; versionId: string | undefined },
): Removal {
  const versions = s3.object(bucket.name, key)?.versions ?? []
  if (versionId !== undefined) {
    const gone = versions.find(({ id }) => id === versionId)
    s3.putIn(tx, { bucket: bucket.name, key, versions: versions.filter((each) => each !== gone) })
    return { VersionId: versionId, ...(gone && gone.contentId === undefined ? { DeleteMarker: true } : {}) }
  }
  if (bucket.versioning === undefined) {
    s3.putIn(tx, { bucket: bucket.name, key, versions: [] })
    return {}
  }
  const marker: ObjectVersion = {
    id: bucket.versioning === 'Enabled' ? s3.deps.ids.hex(32) : 'null',
    modifiedAtMs: s3.deps.clock.now(),
    size: 0,
    etag: '',
    settings: {},
    metadata: {},
  }
  add(tx, s3, { bucket: bucket.name, key, version: marker })
  return { DeleteMarker: true, VersionId: marker.id }
}

/** DeleteObject: of one that is not there, too; a marker where there are versions. @throws AwsError NoSuchBucket */
export const deleteObject = operation<S3State, sdk.DeleteObjectRequest, sdk.DeleteObjectOutput>()({
  honours: [...BUCKET, 'Key', 'VersionId'],
  handle: async (input, s3) =>
    await s3.deps.store.transact((tx) => {
      const bucket = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      return remove(tx, s3, { bucket, key: input.Key ?? '', versionId: input.VersionId })
    }),
})

/** DeleteObjects. @throws AwsError NoSuchBucket */
export const deleteObjects = operation<S3State, sdk.DeleteObjectsRequest, sdk.DeleteObjectsOutput>()({
  honours: [...BUCKET, 'Delete.Objects[].Key', 'Delete.Objects[].VersionId', 'Delete.Quiet'],
  keeps: ['ChecksumAlgorithm'],
  handle: async (input, s3) =>
    await s3.deps.store.transact((tx) => {
      const bucket = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
      const Deleted = (input.Delete?.Objects ?? []).map(({ Key: key = '', VersionId: versionId }) => {
        const { DeleteMarker, VersionId } = remove(tx, s3, { bucket, key, versionId })
        const marker = DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId: VersionId } : {}
        return { Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }), ...marker }
      })
      return input.Delete?.Quiet ? {} : { Deleted }
    }),
})
