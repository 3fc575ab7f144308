// Owns the list of the services that stand beside EKS: each needs the region's store and other services, nothing else.
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { createElb } from '../elb/index.ts'
import { createKms } from '../kms/index.ts'
import { createSsm } from '../ssm/index.ts'

/** Builds them all; they have no reconcilers. */
export function createServicesBeside(deps: ServiceDeps): readonly AwsService[] {
  return [createElb(deps), createKms(deps), createSsm(deps)]
}
