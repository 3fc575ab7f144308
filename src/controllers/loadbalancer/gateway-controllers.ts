// Owns putting together the loops that work on Gateways, their classes and configurations.
import type { Controller } from '../../reconcile/controller.ts'
import { createGatewayClassControllers } from './gateway-classes.ts'
import { GatewayLoop, type GatewayControllerOptions } from './gateway-controller.ts'
import { GatewayWorld } from './gateway-world.ts'

/** All loops of the Gateway API, for what of it is installed. */
export function createGatewayControllers(options: Omit<GatewayControllerOptions, 'world'>): Controller[] {
  const { context, served } = options
  const world = new GatewayWorld(context, served)
  return [
    ...createGatewayClassControllers({ context, world, served }),
    new GatewayLoop({ ...options, world }),
  ]
}
