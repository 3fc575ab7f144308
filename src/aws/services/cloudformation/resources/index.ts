// Owns the table of the resource types that stacks may have.
import { autoScalingGroup } from './auto-scaling-group.ts'
import { cdkMetadata } from './cdk-metadata.ts'
import { elasticIp } from './ec2/eip.ts'
import { launchTemplate } from './ec2/launch-template.ts'
import { natGateway } from './ec2/nat-gateway.ts'
import { internetGateway, routeTable } from './ec2/plain.ts'
import { route } from './ec2/route.ts'
import { securityGroupEgress, securityGroupIngress } from './ec2/security-group-rule.ts'
import { securityGroup } from './ec2/security-group.ts'
import { subnetRouteTableAssociation } from './ec2/subnet-route-table-association.ts'
import { subnet } from './ec2/subnet.ts'
import { vpcGatewayAttachment } from './ec2/vpc-gateway-attachment.ts'
import { vpc } from './ec2/vpc.ts'
import { accessEntry } from './eks/access-entry.ts'
import { addon } from './eks/addon.ts'
import { cluster } from './eks/cluster.ts'
import { fargateProfile } from './eks/fargate-profile.ts'
import { nodegroup } from './eks/nodegroup.ts'
import { instanceProfile } from './iam/instance-profile.ts'
import { managedPolicy } from './iam/managed-policy.ts'
import { oidcProvider } from './iam/oidc-provider.ts'
import { policy } from './iam/policy.ts'
import { role } from './iam/role.ts'
import { logGroup } from './log-group.ts'
import type { ResourceType } from './resource-type.ts'
import { ssmParameter } from './ssm-parameter.ts'

const types: readonly ResourceType[] = [
  accessEntry,
  addon,
  autoScalingGroup,
  cdkMetadata,
  cluster,
  elasticIp,
  fargateProfile,
  instanceProfile,
  internetGateway,
  launchTemplate,
  logGroup,
  managedPolicy,
  natGateway,
  nodegroup,
  oidcProvider,
  policy,
  role,
  route,
  routeTable,
  securityGroup,
  securityGroupEgress,
  securityGroupIngress,
  ssmParameter,
  subnet,
  subnetRouteTableAssociation,
  vpc,
  vpcGatewayAttachment,
]

const byName = new Map(types.map((type) => [type.name, type]))

/** The types that stacks may have, in order of name; any other is refused by name. */
export function resourceTypes(): readonly ResourceType[] {
  return types.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The type of that name; undefined when it is not emulated. */
export function findResourceType(name: string): ResourceType | undefined {
  return byName.get(name)
}
