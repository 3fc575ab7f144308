// Owns the records of KMS, and finding a key by whatever a request calls it.
import { randomBytes } from 'node:crypto'

import { parseArn } from '../../../base/arn.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface KeyRecord {
  /** A UUID. */
  readonly id: string
  readonly description: string
  readonly createdAtMs: number
  readonly isEnabled: boolean
  /** When a scheduled deletion happens; from then on the key is gone. */
  readonly deletedAtMs?: number
  /** The key policy, as sent. */
  readonly policy: string
  readonly tags: Readonly<Record<string, string>>
  /** Set while the key is rotated every year, or as often as asked. */
  readonly rotation?: { readonly periodInDays: number; readonly sinceMs: number }
  /** `AWS` for the keys behind aliases that begin with `alias/aws/`. */
  readonly manager: 'AWS' | 'CUSTOMER'
  /** 256 bits in base64. Never shown. */
  readonly material: string
}

export interface AliasRecord {
  /** `alias/NAME` */
  readonly name: string
  readonly keyId: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface GrantRecord {
  readonly id: string
  readonly token: string
  readonly keyId: string
  readonly name?: string
  readonly granteePrincipal: string
  readonly retiringPrincipal?: string
  readonly operations: readonly string[]
  readonly constraints?: object
  readonly createdAtMs: number
}

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

// A key's material is made once; its policy is what the console and the API give to a key without one ("Default key
// policy", AWS KMS Developer Guide).
function defaultPolicy(accountId: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, null, 2)
}

// "AWS managed keys": each service has one under a name of its own, made when it is first used.
const AWS_ALIAS = /^alias\/aws\/(?:acm|ebs|ecr|eks|logs|s3|secretsmanager|ssm)$/

/** Everything KMS knows. */
export class KmsState {
  readonly deps: ServiceDeps
  readonly keys: Table<KeyRecord>
  /** Keyed by `alias/NAME` with the slashes encoded. */
  readonly aliases: Table<AliasRecord>
  /** Keyed `keyId/grantId`. */
  readonly grants: Table<GrantRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.keys = new Table(deps.store, 'aws/kms/keys')
    this.aliases = new Table(deps.store, 'aws/kms/aliases')
    this.grants = new Table(deps.store, 'aws/kms/grants')
  }

  /** `arn:aws:kms:REGION:ACCOUNT:key/ID` */
  arn(id: string): string {
    return `arn:aws:kms:${this.deps.region}:${this.deps.accountId}:key/${id}`
  }

  /** `arn:aws:kms:REGION:ACCOUNT:alias/NAME` */
  aliasArn(name: string): string {
    return `arn:aws:kms:${this.deps.region}:${this.deps.accountId}:${name}`
  }

  /** Those that have not been deleted by now. */
  livingKeys(): KeyRecord[] {
    return this.keys.list().filter((key) => !this.#isGone(key))
  }

  #isGone({ deletedAtMs }: KeyRecord): boolean {
    return deletedAtMs !== undefined && deletedAtMs <= this.deps.clock.now()
  }

  stateOf(key: KeyRecord): KeyState {
    if (key.deletedAtMs !== undefined) return 'PendingDeletion'
    return key.isEnabled ? 'Enabled' : 'Disabled'
  }

  /**
   * The key of an id, a key's ARN, an alias or an alias's ARN.
   * @throws AwsError NotFoundException
   */
  key(reference: string | undefined): KeyRecord {
    const text = nameOf(reference ?? '')
    if (text.startsWith('alias/')) return this.#keyOfAlias(text)
    const key = this.keys.get(text)
    if (!key || this.#isGone(key)) throw notFound(`Key '${this.arn(text)}' does not exist`)
    return key
  }

  #keyOfAlias(name: string): KeyRecord {
    const alias = this.alias(name)
    if (!alias) throw notFound(`Alias ${this.aliasArn(name)} is not found.`)
    return this.key(alias.keyId)
  }

  /** The alias of that name; those of AWS are there before anybody makes them. */
  alias(name: string): AliasRecord | undefined {
    const alias = this.aliases.get(encodeURIComponent(name))
    return alias && this.keys.get(alias.keyId) ? alias : undefined
  }

  /**
   * A key that is to be changed or used; not one that waits for its end.
   * @throws AwsError NotFoundException, KMSInvalidStateException
   */
  usableKey(reference: string | undefined): KeyRecord {
    const key = this.key(reference)
    if (key.deletedAtMs !== undefined) {
      throw new AwsError('KMSInvalidStateException', `${this.arn(key.id)} is pending deletion.`)
    }
    return key
  }

  /** Makes the key of a service of AWS if a request is the first to name its alias. */
  async ensureManagedKey(reference: string | undefined): Promise<void> {
    const name = nameOf(reference ?? '')
    if (!AWS_ALIAS.test(name) || this.alias(name)) return
    await this.deps.store.transact((tx) => {
      if (this.alias(name)) return
      const service = name.slice('alias/aws/'.length)
      const description = `Default key that protects my ${service.toUpperCase()} data when no other key is defined`
      const key = this.insertKey(tx, { description, manager: 'AWS', tags: {} })
      const at = this.deps.clock.now()
      const alias = { name, keyId: key.id, createdAtMs: at, updatedAtMs: at }
      this.aliases.putIn(tx, encodeURIComponent(name), alias)
    })
  }

  /** A new key, as part of a transaction. */
  insertKey(
    tx: Writer,
    wanted: Pick<KeyRecord, 'description' | 'manager' | 'tags'> & { readonly policy?: string | undefined },
  ): KeyRecord {
    const { clock, ids, accountId } = this.deps
    const key: KeyRecord = {
      id: ids.uuid(),
      description: wanted.description,
      createdAtMs: clock.now(),
      isEnabled: true,
      policy: wanted.policy ?? defaultPolicy(accountId),
      tags: wanted.tags,
      manager: wanted.manager,
      material: randomBytes(32).toString('base64'),
    }
    this.keys.putIn(tx, key.id, key)
    return key
  }
}

/** `alias/NAME` or the id of a key, out of an ARN or as it stands. */
export function nameOf(reference: string): string {
  const arn = parseArn(reference)
  if (arn?.service !== 'kms') return reference
  return arn.resource.startsWith('key/') ? arn.resource.slice('key/'.length) : arn.resource
}

export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message)
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
