// Owns the records of IAM and the tables they live in.
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** What roles, users and groups have in common: they are given policies. */
export interface EntityRecord {
  readonly name: string
  readonly path: string
  /** `AROA…`, `AIDA…`, `AGPA…` */
  readonly id: string
  readonly arn: string
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  /** ARNs of attached managed policies. */
  readonly attached: readonly string[]
  /** Inline policies: document by name. */
  readonly inline: Readonly<Record<string, string>>
}

export interface RoleRecord extends EntityRecord {
  /** The trust policy, as sent. */
  readonly trust: string
  readonly description?: string
  readonly maxSessionSeconds: number
  readonly tags: readonly Tag[]
  /** The ARN of the policy that bounds what the others allow. */
  readonly boundary?: string
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

export interface UserRecord extends EntityRecord {
  readonly tags: readonly Tag[]
  /** Names of the groups that the user is in. */
  readonly groups: readonly string[]
  readonly boundary?: string
  readonly login?: LoginProfile
}

/** That a user may sign in to a console; nobody can here. */
export interface LoginProfile {
  readonly createdAtMs: number
  readonly mustChange: boolean
}

export type GroupRecord = EntityRecord

export interface AccessKeyRecord {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly userName: string
  readonly createdAtMs: number
  /** Absent: Active. */
  readonly isInactive?: boolean
  readonly lastUsed?: { readonly atMs: number; readonly service: string; readonly region: string }
}

export interface MfaDeviceRecord {
  /** The ARN of a virtual one. */
  readonly serial: string
  /** Base32, of a virtual one. */
  readonly seed?: string
  readonly tags: readonly Tag[]
  /** Set while it is enabled. */
  readonly userName?: string
  readonly enabledAtMs?: number
}

export interface SamlProviderRecord {
  readonly arn: string
  readonly name: string
  readonly document: string
  readonly createdAtMs: number
  readonly tags: readonly Tag[]
}

/** What there is one of in an account. */
export interface AccountRecord {
  readonly alias?: string
  readonly passwordPolicy?: Readonly<Record<string, number | boolean>>
  /** When the credential report was made. */
  readonly reportedAtMs?: number
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
  readonly users: Table<UserRecord, 'name'>
  readonly groups: Table<GroupRecord, 'name'>
  readonly keys: Table<AccessKeyRecord>
  readonly devices: Table<MfaDeviceRecord>
  readonly samlProviders: Table<SamlProviderRecord>
  readonly account: Table<AccountRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    const unique = { name: ({ name }: { readonly name: string }): string => name.toLowerCase() }
    this.roles = new Table<RoleRecord, 'name'>(deps.store, 'aws/iam/roles', { unique })
    this.policies = new Table<PolicyRecord, 'name'>(deps.store, 'aws/iam/policies', { unique })
    this.profiles = new Table<InstanceProfileRecord, 'name'>(deps.store, 'aws/iam/instance-profiles', {
      unique,
    })
    this.providers = new Table(deps.store, 'aws/iam/oidc-providers')
    this.users = new Table<UserRecord, 'name'>(deps.store, 'aws/iam/users', { unique })
    this.groups = new Table<GroupRecord, 'name'>(deps.store, 'aws/iam/groups', { unique })
    this.keys = new Table(deps.store, 'aws/iam/access-keys')
    this.devices = new Table(deps.store, 'aws/iam/mfa-devices')
    this.samlProviders = new Table(deps.store, 'aws/iam/saml-providers')
    this.account = new Table(deps.store, 'aws/iam/account')
  }

  /** `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`; path with its slashes, `/` for none. */
  arn(kind: string, path: string, name: string): string {
    return `arn:aws:iam::${this.deps.accountId}:${kind}${path}${name}`
  }

  /** A unique id as IAM makes them: prefix and 17 characters ("Unique identifiers"). */
  uniqueId(prefix: 'AROA' | 'ANPA' | 'AIPA' | 'AIDA' | 'AGPA'): string {
    return prefix + this.deps.ids.upper(17)
  }
}
