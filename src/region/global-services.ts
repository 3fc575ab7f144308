// Owns the services that an account has once, whatever the region: IAM and STS.
import { joinCredentials, type CredentialSource } from '../aws/protocol/credentials.ts'
import type { ServiceDeps } from '../aws/protocol/service.ts'
import { createIam, type Iam } from '../aws/services/iam/index.ts'
import { createSts, type StsService } from '../aws/services/sts/index.ts'
import { createWebIdentityVerifier, type IssuerKey } from './web-identity.ts'

export interface GlobalServices {
  readonly iam: Iam
  readonly sts: StsService
  /** Whose signatures every region takes. */
  readonly credentials: CredentialSource
  readonly webIdentity: ReturnType<typeof createWebIdentityVerifier>
}

/** Builds them. @param issuerKey knows the clusters of every region */
export function createGlobalServices(deps: ServiceDeps, issuerKey: IssuerKey): GlobalServices {
  const iam = createIam(deps)
  const webIdentity = createWebIdentityVerifier(issuerKey, deps.clock)
  const sts = createSts(deps, { roles: iam, webIdentity })
  return { iam, sts, credentials: joinCredentials(iam, sts), webIdentity }
}
