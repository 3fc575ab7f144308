// Owns the surface of the load balancer controller.
export type { Aws } from './aws.ts'
export { createServiceMutator } from './claim.ts'
export { createReadinessGateInjector } from './gate-injector.ts'
export { createServiceController, type ServiceControllerOptions } from './service-controller.ts'
