// Owns the surface of IAM: its operation table, its credentials and what other parts ask of roles.
import type { Credential, CredentialSource } from '../../protocol/credentials.ts'
import { issuerName } from '../../../rules/iam/issuer.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { ResourcePolicy } from '../../../rules/iam/evaluate.ts'
import type { AwsService, Principal, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { ensureAdministrator } from './account.ts'
import { findRoleByArn, rightsOf, trustOf, type Rights } from './rights.ts'
import { IamState, type AccessKeyRecord, type RoleRecord } from './state.ts'

export type { AccessKeyRecord, RoleRecord } from './state.ts'

export interface Iam extends CredentialSource {
  readonly service: AwsService
  /** The administrator's key; made at the first call, the same ever after. */
  ensureAdministrator(options?: { readonly userName?: string }): Promise<AccessKeyRecord>
  /** What a principal has been given. */
  rightsOf(principal: Principal): Rights
  /** The trust policy of a role, where the action is to assume it. */
  resourcePolicy(action: string, arn: string, principal: Principal): ResourcePolicy | undefined
  /** An MFA device that a user has enabled, by its serial number; undefined when there is none. */
  mfaDevice(serial: string): { readonly seed: string } | undefined
  /** The role of an ARN; undefined when there is none. */
  role(arn: string): RoleRecord | undefined
  /** True when a provider is registered for the issuer (host and path). @returns its ARN and audiences. */
  oidcProvider(
    issuer: string,
  ): { readonly arn: string; readonly url: string; readonly clientIds: readonly string[] } | undefined
}

// What a role's trust policy decides.
const TRUSTED = new Set(['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'])

/** Builds IAM: who there is, and what each has been given. */
export function createIam(deps: ServiceDeps): Iam {
  const iam = new IamState(deps)
  return {
    service: defineService('iam', async () =>
      bindOperations(iam, (await import('./operations.ts')).operations),
    ),
    ensureAdministrator: ({ userName = 'neargate' } = {}) => ensureAdministrator(iam, { userName }),
    find: (accessKeyId) => findCredential(iam, accessKeyId),
    rightsOf: (principal) => rightsOf(iam, principal),
    resourcePolicy: (action, arn, principal) =>
      TRUSTED.has(action) ? trustOf(iam, arn, principal) : undefined,
    mfaDevice: (serial) => {
      const device = iam.devices.get(serial)
      return device?.userName === undefined ? undefined : { seed: device.seed ?? '' }
    },
    role: (arn) => findRoleByArn(iam, arn),
    oidcProvider: (issuer) => {
      const { name = '' } = issuerName(issuer) ?? {}
      return iam.providers.get(iam.arn('oidc-provider', '/', name))
    },
  }
}

function findCredential(iam: IamState, accessKeyId: string): Credential | undefined {
  const key = iam.keys.get(accessKeyId)
  const user = key && iam.users.get(key.userName)
  if (!key || !user || key.isInactive) return undefined
  const { accountId } = iam.deps
  return {
    secretAccessKey: key.secretAccessKey,
    principal: { accountId, arn: user.arn, userId: user.id, accessKeyId },
  }
}
