// Owns the list of all that a course can leave in an account, by kind, for a look before and after.
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import {
  DescribeAddressesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import {
  EKSClient,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks'
import {
  ElasticLoadBalancingV2Client,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient, ListOpenIDConnectProvidersCommand, ListRolesCommand } from '@aws-sdk/client-iam'
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm'

/** Names or ids by kind, in order. */
export type Inventory = Readonly<Record<string, readonly string[]>>

/** Looks at an account through an endpoint, with the credentials of the environment. */
export async function madeIn(endpoint: string, region: string): Promise<Inventory> {
  const configuration = { endpoint, region, maxAttempts: 1 }
  const ec2 = new EC2Client(configuration)
  const eks = new EKSClient(configuration)
  const iam = new IAMClient(configuration)
  const stacks = await new CloudFormationClient(configuration).send(new DescribeStacksCommand({}))
  const { clusters = [] } = await eks.send(new ListClustersCommand({}))
  const groups = await Promise.all(
    clusters.map((clusterName) => eks.send(new ListNodegroupsCommand({ clusterName }))),
  )
  const profiles = await Promise.all(
    // An emulator need not have them.
    clusters.map((clusterName) =>
      eks.send(new ListFargateProfilesCommand({ clusterName })).catch(() => ({ fargateProfileNames: [] })),
    ),
  )
  const [vpcs, subnets, security, templates, gateways, addresses] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({})),
    ec2.send(new DescribeSubnetsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
    ec2.send(new DescribeLaunchTemplatesCommand({})),
    ec2.send(new DescribeNatGatewaysCommand({})),
    ec2.send(new DescribeAddressesCommand({})),
  ])
  const [roles, providers, balancers, parameters] = await Promise.all([
    iam.send(new ListRolesCommand({})),
    iam.send(new ListOpenIDConnectProvidersCommand({})),
    new ElasticLoadBalancingV2Client(configuration).send(new DescribeLoadBalancersCommand({})),
    new SSMClient(configuration).send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/neargate'] }],
      }),
    ),
  ])
  const live = (stacks.Stacks ?? []).filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
  const running = (gateways.NatGateways ?? []).filter(({ State }) => State !== 'deleted')
  return {
    stacks: sorted(live, ({ StackName, StackStatus }) => `${StackName} ${StackStatus}`),
    clusters: clusters.toSorted(),
    nodeGroups: groups.flatMap(({ nodegroups = [] }) => nodegroups).toSorted(),
    fargateProfiles: profiles.flatMap(({ fargateProfileNames = [] }) => fargateProfileNames).toSorted(),
    vpcs: sorted(vpcs.Vpcs, ({ VpcId }) => VpcId),
    subnets: sorted(subnets.Subnets, ({ SubnetId }) => SubnetId),
    securityGroups: sorted(security.SecurityGroups, ({ GroupId }) => GroupId),
    launchTemplates: sorted(templates.LaunchTemplates, ({ LaunchTemplateName }) => LaunchTemplateName),
    natGateways: sorted(running, ({ NatGatewayId }) => NatGatewayId),
    addresses: sorted(addresses.Addresses, ({ AllocationId }) => AllocationId),
    // Roles that AWS makes for itself stay with the account.
    roles: sorted(
      roles.Roles?.filter(({ Path }) => !Path?.startsWith('/aws-service-role/')),
      ({ RoleName }) => RoleName,
    ),
    oidcProviders: sorted(providers.OpenIDConnectProviderList, ({ Arn }) => Arn),
    loadBalancers: sorted(balancers.LoadBalancers, ({ LoadBalancerName }) => LoadBalancerName),
    locks: sorted(parameters.Parameters, ({ Name }) => Name),
  }
}

function sorted<T>(list: readonly T[] | undefined, name: (item: T) => string | undefined): readonly string[] {
  return (list ?? []).map((item) => name(item) ?? '').toSorted()
}
