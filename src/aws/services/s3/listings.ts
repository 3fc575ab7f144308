// Owns listing what is in a bucket: by prefix, in folders, a page at a time, and all versions.
import type * as sdk from '@aws-sdk/client-s3'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { BUCKET, ownerId } from './buckets.ts'
import { nameOfToken, tokenOf } from './continuation.ts'
import { invalidArgument } from './errors.ts'
import type { ObjectVersion, S3State } from './state.ts'

/** "Up to 1,000 key names" (API_ListObjectsV2). */
const MAX_KEYS = 1000

interface Entry {
  readonly key: string
  readonly version: ObjectVersion
  readonly isLatest: boolean
}

interface Asked {
  readonly prefix: string
  readonly delimiter: string
  /** Only what comes after it. */
  readonly after: string
  readonly limit: number
}

interface Listing {
  readonly entries: readonly Entry[]
  readonly folders: readonly string[]
  /** Where the next page begins; undefined on the last one. */
  readonly next?: string
}

function isAfter(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0
}

/** A page of entries that are in order; those below a folder count as one. */
function listingOf(all: readonly Entry[], { prefix, delimiter, after, limit }: Asked): Listing {
  const entries: Entry[] = []
  const folders: string[] = []
  let last = ''
  for (const entry of all) {
    if (!entry.key.startsWith(prefix)) continue
    const end = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length)
    const folder = end < 0 ? undefined : entry.key.slice(0, end + delimiter.length)
    const name = folder ?? entry.key
    if (after !== '' && !isAfter(name, after)) continue
    if (folder !== undefined && folders.at(-1) === folder) continue
    if (entries.length + folders.length === limit) return { entries, folders, next: last }
    if (folder === undefined) entries.push(entry)
    else folders.push(folder)
    last = name
  }
  return { entries, folders }
}

function currentEntries(s3: S3State, bucket: string): Entry[] {
  return s3
    .objectsIn(bucket)
    .flatMap(({ key, versions: [version] }) =>
      version?.contentId === undefined ? [] : [{ key, version, isLatest: true }],
    )
}

function limitOf(asked: number | undefined): number {
  if (asked !== undefined && asked < 0) {
    throw invalidArgument('Argument max-keys must be an integer between 0 and 2147483647')
  }
  return Math.min(asked ?? MAX_KEYS, MAX_KEYS)
}

function encoder(type: string | undefined): (text: string) => string {
  return type === 'url' ? (text) => text.split('/').map(escapeUri).join('/') : (text) => text
}

function show(s3: S3State, { key, version }: Entry, encode: (text: string) => string) {
  return {
    Key: encode(key),
    LastModified: new Date(version.modifiedAtMs),
    ETag: version.etag,
    Size: version.size,
    StorageClass: version.keeping?.StorageClass ?? 'STANDARD',
    Owner: { ID: ownerId(s3) },
  }
}

/** ListObjectsV2. @throws AwsError NoSuchBucket, InvalidArgument */
export const listObjectsV2 = operation<S3State, sdk.ListObjectsV2Request, sdk.ListObjectsV2Output>()({
  honours: [
    ...BUCKET,
    'Prefix',
    'Delimiter',
    'MaxKeys',
    'ContinuationToken',
    'StartAfter',
    'FetchOwner',
    'EncodingType',
  ],
  handle: (input, s3) => {
    const { name } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    const { Prefix = '', Delimiter = '', ContinuationToken, StartAfter = '', EncodingType } = input
    const limit = limitOf(input.MaxKeys)
    const token = ContinuationToken === undefined ? undefined : nameOfToken(ContinuationToken)
    const asked = { prefix: Prefix, delimiter: Delimiter, after: token ?? StartAfter, limit }
    const { entries, folders, next } = listingOf(currentEntries(s3, name), asked)
    const encode = encoder(EncodingType)
    return {
      Name: name,
      Prefix: encode(Prefix),
      ...(Delimiter === '' ? {} : { Delimiter: encode(Delimiter) }),
      ...(StartAfter === '' ? {} : { StartAfter: encode(StartAfter) }),
      ...(EncodingType === undefined ? {} : { EncodingType }),
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      MaxKeys: limit,
      KeyCount: entries.length + folders.length,
      IsTruncated: next !== undefined && limit > 0,
      ...(next === undefined || limit === 0 ? {} : { NextContinuationToken: tokenOf(next) }),
      Contents: entries.map((entry) => {
        const { Owner, ...shown } = show(s3, entry, encode)
        return input.FetchOwner ? { ...shown, Owner } : shown
      }),
      CommonPrefixes: folders.map((folder) => ({ Prefix: encode(folder) })),
    }
  },
})

/** ListObjects. @throws AwsError NoSuchBucket, InvalidArgument */
export const listObjects = operation<S3State, sdk.ListObjectsRequest, sdk.ListObjectsOutput>()({
  honours: [...BUCKET, 'Prefix', 'Delimiter', 'MaxKeys', 'Marker', 'EncodingType'],
  handle: (input, s3) => {
    const { name } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    const { Prefix = '', Delimiter = '', Marker = '', EncodingType } = input
    const limit = limitOf(input.MaxKeys)
    const asked = { prefix: Prefix, delimiter: Delimiter, after: Marker, limit }
    const { entries, folders, next } = listingOf(currentEntries(s3, name), asked)
    const encode = encoder(EncodingType)
    return {
      Name: name,
      Prefix: encode(Prefix),
      Marker: encode(Marker),
      ...(Delimiter === '' ? {} : { Delimiter: encode(Delimiter) }),
      ...(EncodingType === undefined ? {} : { EncodingType }),
      MaxKeys: limit,
      IsTruncated: next !== undefined && limit > 0,
      // "Returned only if you have the delimiter request parameter specified" (API_ListObjects).
      ...(next === undefined || Delimiter === '' ? {} : { NextMarker: encode(next) }),
      Contents: entries.map((entry) => show(s3, entry, encode)),
      CommonPrefixes: folders.map((folder) => ({ Prefix: encode(folder) })),
    }
  },
})

/** ListObjectVersions: all of them in one answer up to a thousand keys. @throws AwsError NoSuchBucket, InvalidArgument */
export const listObjectVersions = operation<
  S3State,
  sdk.ListObjectVersionsRequest,
  sdk.ListObjectVersionsOutput
>()({
  honours: [...BUCKET, 'Prefix', 'Delimiter', 'MaxKeys', 'KeyMarker', 'VersionIdMarker', 'EncodingType'],
  handle: (input, s3) => {
    const { name } = s3.bucket(input.Bucket, input.ExpectedBucketOwner)
    const { Prefix = '', Delimiter = '', KeyMarker = '', VersionIdMarker, EncodingType } = input
    const limit = limitOf(input.MaxKeys)
    const all = s3
      .objectsIn(name)
      .flatMap(({ key, versions }) => versions.map((version, at) => ({ key, version, isLatest: at === 0 })))
    const from = startOf(all, KeyMarker, VersionIdMarker)
    const asked = { prefix: Prefix, delimiter: Delimiter, after: '', limit }
    const { entries, folders, next } = listingOf(from, asked)
    const encode = encoder(EncodingType)
    const shown = entries.map((entry) => ({
      ...show(s3, entry, encode),
      IsLatest: entry.isLatest,
      VersionId: entry.version.id,
      contentId: entry.version.contentId,
    }))
    return {
      Name: name,
      Prefix: encode(Prefix),
      KeyMarker: encode(KeyMarker),
      MaxKeys: limit,
      IsTruncated: next !== undefined && limit > 0,
      ...(next === undefined
        ? {}
        : { NextKeyMarker: encode(next), NextVersionIdMarker: entries.at(-1)?.version.id }),
      Versions: shown
        .filter(({ contentId }) => contentId !== undefined)
        // The SDK's enumeration for versions knows STANDARD only.
        .map(({ contentId: _content, StorageClass, ...version }) => ({
          ...version,
          StorageClass: StorageClass as 'STANDARD',
        })),
      DeleteMarkers: shown
        .filter(({ contentId }) => contentId === undefined)
        .map(({ contentId: _content, ETag: _etag, Size: _size, StorageClass: _class, ...marker }) => marker),
      CommonPrefixes: folders.map((folder) => ({ Prefix: encode(folder) })),
    }
  },
})

function startOf(
  all: readonly Entry[],
  keyMarker: string,
  versionMarker: string | undefined,
): readonly Entry[] {
  if (keyMarker === '') return all
  const at = all.findIndex(({ key, version }) => key === keyMarker && version.id === versionMarker)
  return at < 0 ? all.filter(({ key }) => isAfter(key, keyMarker)) : all.slice(at + 1)
}
