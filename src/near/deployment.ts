// Owns the opening of a deployment into a near region: its endpoint, and the keys of its root.
import { openCloud } from '../deploy/cloud.ts'
import { openDeployment, type Deployment, type DeploymentOptions } from '../deploy/deployment.ts'
import { NEAR_PACE } from '../deploy/pace.ts'
import type { NearRegion } from './near-region.ts'
import { withoutReservations } from './reservations.ts'

/** Opens a deployment of the config in a near region. */
export function openNearDeployment(
  { identity, running }: NearRegion,
  options: DeploymentOptions,
): Deployment {
  const cloud = openCloud({ region: identity.region, endpoint: running.endpoint, credentials: identity })
  const config = withoutReservations(options.config)
  return openDeployment({ cloud, pace: NEAR_PACE }, { ...options, config })
}
