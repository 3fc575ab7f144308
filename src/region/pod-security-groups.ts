// Owns how the parts of one cluster that give pods security groups of their own are put together.
import type { Ec2 } from '../aws/services/ec2/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import {
  createPodSecurityGroupAdmission,
  VPC_RESOURCE_CONTROLLER,
} from '../controllers/podsecuritygroups/admission.ts'
import { createDefinitionsController } from '../controllers/podsecuritygroups/definitions.ts'
import { createTrunkController } from '../controllers/podsecuritygroups/nodes.ts'
import { followPolicies } from '../controllers/podsecuritygroups/policies.ts'
import type { ApiServer } from '../kubernetes/server/api-server.ts'
import type { PodAddresses } from '../node/ports.ts'
import type { Controller, ControllerContext } from '../reconcile/controller.ts'
import { createBranchInterfaces } from './branch-interfaces.ts'
import { withBranches } from './pod-branches.ts'

interface World {
  readonly ec2: Ec2
  readonly clock: Clock
  readonly ids: Ids
}

interface ClusterParts {
  readonly api: Pick<ApiServer, 'addAdmission' | 'client' | 'resources' | 'ipFamily'>
  readonly context: ControllerContext
  readonly vpcId: string
  readonly clusterName: string
}

/** What the VPC resource controller is to one cluster. */
export interface PodSecurityGroups {
  readonly controllers: readonly Controller[]
  /** The addresses of pods, but for those that have a branch interface. */
  addressesOver(addresses: PodAddresses): PodAddresses
}

/** Adds its admission to the API server; that of Fargate has to be there before. */
export function podSecurityGroups(
  world: World,
  { api, context, vpcId, clusterName }: ClusterParts,
): PodSecurityGroups {
  const groups = followPolicies(context, api.resources)
  const branches = createBranchInterfaces({ ...world, vpcId, family: api.ipFamily })
  const user = { username: VPC_RESOURCE_CONTROLLER, groups: ['system:masters'] }
  const client = api.client(user, 'vpc-resource-controller')
  api.addAdmission(createPodSecurityGroupAdmission(groups))
  return {
    controllers: [
      createDefinitionsController(context),
      createTrunkController({ context, clusterName, trunks: branches }),
    ],
    addressesOver: (addresses) =>
      withBranches(addresses, { context, client, groups, branches, family: api.ipFamily }),
  }
}
