// Owns the list of the services that stand beside EKS: each needs the region's store and other services, nothing else.
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { createEcr } from '../ecr/index.ts'
import { createKms } from '../kms/index.ts'
import { createPricing } from '../pricing/index.ts'
import { createS3 } from '../s3/index.ts'
import { createServiceQuotas } from '../service-quotas/index.ts'
import { createSsm } from '../ssm/index.ts'
import { createTagging } from '../tagging/index.ts'

/** Builds them all; they have no reconcilers. */
export function createServicesBeside(deps: ServiceDeps): readonly AwsService[] {
  const make = [createEcr, createKms, createPricing, createS3, createServiceQuotas, createSsm, createTagging]
  return make.map((create) => create(deps))
}
