// Owns the surface of the load balancer controller.
export { createServiceMutator } from './service-mutator.ts'
export { createReadinessGateInjector } from './gate-injector.ts'
export { createIngressValidator } from './ingress-validator.ts'
export { createWebhooks } from './webhooks.ts'
export { isBindingServed } from './target-group-bindings.ts'
export { createServiceController } from './service-controller.ts'
export { findServedGateways } from './gateway-kinds.ts'
