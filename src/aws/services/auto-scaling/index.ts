// Owns the surface of Auto Scaling.
import type { Controller } from '../../../reconcile/controller.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { groupController, type InstanceFeed } from './controller.ts'
import { AutoScalingState } from './state.ts'

export type { InstanceFeed } from './controller.ts'

export interface AutoScaling {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
}

/** Builds Auto Scaling. `ports.instances` is EC2's `instances`; EC2 itself is reached through `deps.caller`. */
export function createAutoScaling(
  deps: ServiceDeps,
  ports: { readonly instances: InstanceFeed },
): AutoScaling {
  const state = new AutoScalingState(deps)
  return {
    service: defineService('autoscaling', async () => (await import('./operations.ts')).operationsOf(state)),
    controllers: [groupController(state, ports.instances)],
  }
}
