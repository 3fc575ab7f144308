// Owns the surface of EKS Auth, the service that the EKS Pod Identity agents of nodes ask.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { assumeRoleForPodIdentity } from './assume-role-for-pod-identity.ts'
import type { EksAuthPorts } from './ports.ts'

export type { PodToken } from './ports.ts'

/** Builds EKS Auth. It remembers nothing. */
export function createEksAuth(
  { region, accountId }: Pick<ServiceDeps, 'region' | 'accountId'>,
  ports: EksAuthPorts,
): { readonly service: AwsService } {
  const operations = bindOperations(
    { ports, region, accountId },
    { AssumeRoleForPodIdentity: assumeRoleForPodIdentity },
  )
  return { service: defineService('eks-auth', () => operations) }
}
