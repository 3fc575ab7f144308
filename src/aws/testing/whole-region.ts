// Owns the region of tests that need every service at once.
import type { LoadBalancerPlane } from '../../network/load-balancer.ts'
import { createCloudFormation } from '../services/cloudformation/index.ts'
import { createEksAuth } from '../services/eks-auth/index.ts'
import { createEksTestRegion, type EksTestRegion } from '../services/eks/testing/eks-test-region.ts'
import { createElb } from '../services/elb/index.ts'
import { createElbv2 } from '../services/elbv2/index.ts'

/** A data plane that carries nothing. */
export const idlePlane: LoadBalancerPlane = {
  applyTargetGroup: () => undefined,
  removeTargetGroup: () => undefined,
  applyLoadBalancer: () => Promise.resolve(),
  applyApplication: () => Promise.resolve(),
  applyClassic: () => Promise.resolve(),
  removeLoadBalancer: () => Promise.resolve(),
  targetHealth: () => [],
  addresses: () => [],
  onHealthChange: () => () => undefined,
}

/** Every service with its reconcilers, until the end of the test; `plane` is what carries its load balancers. */
export async function createWholeRegion(plane: LoadBalancerPlane = idlePlane): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const ports = { plane, ingress: region.ec2.ingress, certificates: region.acm }
  const elb = createElb(region.deps, ports)
  const elbv2 = createElbv2(region.deps, ports)
  for (const each of [elb, elbv2]) region.certificateUsers.push((arn) => each.certificateUsers(arn))
  const cloudformation = createCloudFormation(region.deps)
  const eksAuth = createEksAuth(region.deps, {
    verify: () => Promise.resolve(undefined),
    association: () => undefined,
    openSession: () => Promise.resolve(undefined),
  })
  region.services.push(elb.service, elbv2.service, cloudformation.service, eksAuth.service)
  region.run([...elb.controllers, ...elbv2.controllers, ...cloudformation.controllers])
  return region
}
