// Owns what S3 remembers: buckets, the versions of their objects, and what is in them.
import type {
  LifecycleRule,
  PublicAccessBlockConfiguration,
  ServerSideEncryption,
  ServerSideEncryptionRule,
  StorageClass,
} from '@aws-sdk/client-s3'

import type { Writer } from '../../../store/store.ts'
import { Table } from '../../../store/table.ts'
import { AwsError } from '../../../base/errors.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import { notFound } from './errors.ts'

/** What a region keeps of all objects together; they are held in memory besides. */
export const MAX_TOTAL_BYTES = 64 * 1024 * 1024

export interface BucketRecord {
  readonly name: string
  readonly createdAtMs: number
  readonly versioning?: 'Enabled' | 'Suspended'
  readonly encryption?: readonly ServerSideEncryptionRule[]
  /** Undefined once it has been deleted. */
  readonly publicAccessBlock?: PublicAccessBlockConfiguration
  readonly policy?: string
  readonly lifecycle?: readonly LifecycleRule[]
  readonly ownership?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface ObjectVersion {
  /** `null` for what was written without versioning. */
  readonly id: string
  readonly modifiedAtMs: number
  /** Where its content is; a delete marker has none. */
  readonly contentId?: string
  readonly size: number
  /** With its quotes. */
  readonly etag: string
  /** Members of GetObject that it was written with, such as ContentType. */
  readonly settings: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  /** How it is kept on AWS: by AES256 and as STANDARD where nothing is said. A delete marker has none. */
  readonly keeping?: Keeping
}

/** Members of PutObject and HeadObject that say how AWS keeps an object. */
export interface Keeping {
  readonly ServerSideEncryption?: ServerSideEncryption
  readonly SSEKMSKeyId?: string
  readonly BucketKeyEnabled?: boolean
  readonly StorageClass?: StorageClass
}

export interface ObjectRecord {
  readonly bucket: string
  readonly key: string
  /** Newest first. */
  readonly versions: readonly ObjectVersion[]
}

/** What every handler of the service works with. */
export class S3State {
  readonly deps: ServiceDeps
  /** By name. */
  readonly buckets: Table<BucketRecord>
  /** By `BUCKET/KEY`, the key escaped. */
  readonly objects: Table<ObjectRecord>
  /** By a random id: base64. */
  readonly contents: Table<{ readonly base64: string }>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.buckets = new Table(deps.store, 'aws/s3/buckets')
    this.objects = new Table(deps.store, 'aws/s3/objects')
    this.contents = new Table(deps.store, 'aws/s3/contents')
  }

  /** @throws AwsError NoSuchBucket; AccessDenied when it is not who is expected that owns it */
  bucket(name: string | undefined, expectedOwner?: string): BucketRecord {
    const found = this.buckets.get(name ?? '')
    if (!found) throw notFound('NoSuchBucket')
    if (expectedOwner !== undefined && expectedOwner !== this.deps.accountId) {
      throw new AwsError('AccessDenied', 'Access Denied', { status: 403 })
    }
    return found
  }

  /** The objects of a bucket in the order of their keys' UTF-8 bytes, as S3 lists them. */
  objectsIn(bucket: string): readonly ObjectRecord[] {
    const all = this.objects.list(`${bucket}/`)
    return all.toSorted((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)))
  }

  object(bucket: string, key: string): ObjectRecord | undefined {
    return this.objects.get(rowOf(bucket, key))
  }

  /** Writes an object; one without versions goes. */
  putIn(tx: Writer, record: ObjectRecord): void {
    const row = rowOf(record.bucket, record.key)
    const before = this.objects.get(row)
    const kept = new Set(record.versions.map(({ contentId }) => contentId))
    for (const { contentId } of before?.versions ?? []) {
      if (contentId !== undefined && !kept.has(contentId)) this.contents.deleteIn(tx, contentId)
    }
    if (record.versions.length > 0) this.objects.putIn(tx, row, record)
    else if (before) this.objects.deleteIn(tx, row)
  }

  /** Bytes of all objects in all buckets. */
  totalBytes(): number {
    return this.objects
      .list()
      .flatMap(({ versions }) => versions)
      .reduce((total, { size }) => total + size, 0)
  }

  contentOf({ contentId }: ObjectVersion): Uint8Array {
    const content = contentId === undefined ? undefined : this.contents.get(contentId)
    return Buffer.from(content?.base64 ?? '', 'base64')
  }
}

function rowOf(bucket: string, key: string): string {
  return `${bucket}/${encodeURIComponent(key)}`
}
