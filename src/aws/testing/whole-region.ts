// Owns the region of tests that need every service at once.
import type { LoadBalancerPlane } from '../../network/load-balancer.ts'
import { createCloudFormation } from '../services/cloudformation/index.ts'
import { createEksAuth } from '../services/eks-auth/index.ts'
import { createEksTestRegion, type EksTestRegion } from '../services/eks/testing/eks-test-region.ts'
import { createElbv2 } from '../services/elbv2/index.ts'

/** A data plane that carries nothing. */
export const idlePlane: LoadBalancerPlane = {
  applyTargetGroup: () => undefined,
  removeTargetGroup: () => undefined,
  applyLoadBalancer: () => Promise.resolve(),
  applyApplication: () => Promise.resolve(),
  removeLoadBalancer: () => Promise.resolve(),
  targetHealth: () => [],
  addresses: () => [],
  onHealthChange: () => () => undefined,
}

/** Every service with its reconcilers, until the end of the test; `plane` is what carries its load balancers. */
export async function createWholeRegion(plane: LoadBalancerPlane = idlePlane): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const elbv2 = createElbv2(region.deps, {
    plane,
    ingress: region.ec2.ingress,
    certificates: region.acm,
  })
  region.certificateUsers.push((arn) => elbv2.certificateUsers(arn))
  const cloudformation = createCloudFormation(region.deps)
  const eksAuth = createEksAuth(region.deps, {
    verify: () => Promise.resolve(undefined),
    association: () => undefined,
    openSession: () => Promise.resolve(undefined),
  })
  region.services.push(elbv2.service, cloudformation.service, eksAuth.service)
  region.run([...elbv2.controllers, ...cloudformation.controllers])
  return region
}
