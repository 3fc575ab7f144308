// Owns the data plane that tests look at: an edge on free ports, VPCs of its own, addresses remembered for the test.
import { onTestFinished } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { createVpcs, type Vpcs } from '../dialer.ts'
import { createEdge } from '../edge/edge.ts'
import { createLoadBalancerPlane, type LoadBalancerPlaneOptions } from '../nlb/plane.ts'
import type { LoadBalancerPlane } from '../load-balancer.ts'
import { rememberingAddresses } from './address-memory.ts'

/** A data plane with VPCs of its own, which looks at new targets every 5 ms; ends with the test. */
export async function openTestPlane(
  options: Pick<LoadBalancerPlaneOptions, 'random'> = {},
): Promise<{ readonly vpcs: Vpcs; readonly plane: LoadBalancerPlane }> {
  const environment = { clock: systemClock, log: silentLog }
  const vpcs = createVpcs(environment)
  const remembered = new Map<string, number>()
  const edge = createEdge({
    ...environment,
    sharedPort: 0,
    isTryingOwnPorts: false,
    ports: { get: (arn) => remembered.get(arn), set: (arn, port) => void remembered.set(arn, port) },
    addresses: rememberingAddresses(),
  })
  await edge.start()
  onTestFinished(() => edge.close())
  const plane = createLoadBalancerPlane({ vpcs, edge, ...environment, initialCheckIntervalMs: 5, ...options })
  return { vpcs, plane }
}
