// Owns the list of the services that stand beside EKS: each needs the region's store and other services, nothing else.
import type { AwsService, Operations, ServiceDeps } from '../../protocol/service.ts'
import { defineService, type ServiceName } from '../../protocol/services.ts'

type Load = (deps: ServiceDeps) => Promise<Operations>

/** Loaded when they are called: few regions are asked for all of them. */
const BESIDE = {
  ecr: async (deps) => (await import('../ecr/index.ts')).operationsOf(deps),
  kms: async (deps) => (await import('../kms/index.ts')).operationsOf(deps),
  pricing: async () => (await import('../pricing/index.ts')).operationsOf(),
  s3: async (deps) => (await import('../s3/index.ts')).operationsOf(deps),
  'service-quotas': async (deps) => (await import('../service-quotas/index.ts')).operationsOf(deps),
  ssm: async (deps) => (await import('../ssm/index.ts')).operationsOf(deps),
  resourcegroupstaggingapi: async (deps) => (await import('../tagging/index.ts')).operationsOf(deps),
} satisfies Partial<Record<ServiceName, Load>>

/** Builds them all; they have no reconcilers. */
export function createServicesBeside(deps: ServiceDeps): readonly AwsService[] {
  const names = Object.keys(BESIDE) as (keyof typeof BESIDE)[]
  return names.map((name) => defineService(name, () => BESIDE[name](deps)))
}
