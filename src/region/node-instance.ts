// Owns which EC2 instance is behind a node: the live one that has the node's address in the VPC of the node's cluster.
import type { Ec2, InstanceRecord } from '../aws/services/ec2/index.ts'
import { readUserData } from '../rules/nodes/user-data.ts'

export interface NodePlace {
  /** VPC of the node's cluster. Another VPC may have an instance, and so a node, of the same address and name. */
  readonly vpcId: string
  /** `ip-10-0-0-5.eu-west-1.compute.internal`, or the name after its id. */
  readonly nodeName: string
}

/** What an instance calls itself as a node. */
export function nodeNameOf({ id, privateDnsName, userData }: InstanceRecord): string {
  const isNamedById = userData !== undefined && readUserData(userData).isNamedById
  return isNamedById ? id : privateDnsName
}

/** The instance that the node is; undefined for Fargate nodes and nodes that are gone. */
export function instanceBehind(
  { instances }: Pick<Ec2, 'instances'>,
  { vpcId, nodeName }: NodePlace,
): InstanceRecord | undefined {
  // Terminated instances are listed for a while, and their addresses are given to new ones.
  return instances
    .list()
    .find(
      (instance) =>
        instance.vpcId === vpcId &&
        (instance.state === 'pending' || instance.state === 'running') &&
        (instance.id === nodeName || instance.privateDnsName === nodeName),
    )
}
