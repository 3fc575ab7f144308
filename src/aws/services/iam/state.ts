// Owns the records of IAM and the tables they live in.
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface RoleRecord {
  readonly name: string
  readonly path: string
  /** `AROA…` */
  readonly id: string
  readonly arn: string
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  /** The trust policy, as sent. */
  readonly trust: string
  readonly description?: string
  readonly maxSessionSeconds: number
  readonly tags: readonly Tag[]
  /** ARNs of attached managed policies. */
  readonly attached: readonly string[]
  /** Inline policies: document by name. */
  readonly inline: Readonly<Record<string, string>>
}

export interface PolicyVersionRecord {
  /** `v1` */
  readonly id: string
  readonly document: string
  readonly createdAtMs: number
}

export interface PolicyRecord {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly description?: string
  readonly tags: readonly Tag[]
  readonly versions: readonly PolicyVersionRecord[]
  readonly defaultVersionId: string
}

export interface InstanceProfileRecord {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly createdAtMs: number
  readonly tags: readonly Tag[]
  /** At most one. */
  readonly roleName?: string
}

export interface OidcProviderRecord {
  readonly arn: string
  /** Host, port and path, no scheme, no port 443: `oidc.eks.eu-west-1.amazonaws.com/id/ABC`. */
  readonly url: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly createdAtMs: number
  readonly tags: readonly Tag[]
}

export interface UserRecord {
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly createdAtMs: number
}

export interface AccessKeyRecord {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly userName: string
  readonly createdAtMs: number
}

/** Everything IAM knows. */
export class IamState {
  readonly deps: ServiceDeps
  /** Names are unique without regard to case ("IAM and AWS STS quotas", names). */
  readonly roles: Table<RoleRecord, 'name'>
  /** By ARN; the name is unique whatever the path. */
  readonly policies: Table<PolicyRecord, 'name'>
  readonly profiles: Table<InstanceProfileRecord, 'name'>
  readonly providers: Table<OidcProviderRecord>
  readonly users: Table<UserRecord>
  readonly keys: Table<AccessKeyRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    const unique = { name: ({ name }: { readonly name: string }): string => name.toLowerCase() }
    this.roles = new Table<RoleRecord, 'name'>(deps.store, 'aws/iam/roles', { unique })
    this.policies = new Table<PolicyRecord, 'name'>(deps.store, 'aws/iam/policies', { unique })
    this.profiles = new Table<InstanceProfileRecord, 'name'>(deps.store, 'aws/iam/instance-profiles', {
      unique,
    })
    this.providers = new Table(deps.store, 'aws/iam/oidc-providers')
    this.users = new Table(deps.store, 'aws/iam/users')
    this.keys = new Table(deps.store, 'aws/iam/access-keys')
  }

  /** `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`; path with its slashes, `/` for none. */
  arn(kind: string, path: string, name: string): string {
    return `arn:aws:iam::${this.deps.accountId}:${kind}${path}${name}`
  }

  /** A unique id as IAM makes them: prefix and 17 characters ("Unique identifiers"). */
  uniqueId(prefix: 'AROA' | 'ANPA' | 'AIPA' | 'AIDA'): string {
    return prefix + this.deps.ids.upper(17)
  }
}
