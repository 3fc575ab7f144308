// Owns the CDK app of the test: a VPC and a cluster with a node group, a Fargate profile, an add-on and an access entry.
import { App, CfnOutput, Stack, aws_ec2 as ec2, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib'

const app = new App()
const stack = new Stack(app, 'Workshop')

function role(id, service, ...policies) {
  return new iam.Role(stack, id, {
    assumedBy: new iam.ServicePrincipal(service),
    managedPolicies: policies.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
  })
}

const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 })
const { subnetIds } = vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS })
const nodeRole = role(
  'NodeRole',
  'ec2.amazonaws.com',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonEC2ContainerRegistryReadOnly',
)
const podRole = role('PodRole', 'eks-fargate-pods.amazonaws.com', 'AmazonEKSFargatePodExecutionRolePolicy')
const cluster = new eks.CfnCluster(stack, 'Cluster', {
  version: '1.34',
  roleArn: role('ClusterRole', 'eks.amazonaws.com', 'AmazonEKSClusterPolicy').roleArn,
  resourcesVpcConfig: { subnetIds },
  accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
})
new eks.CfnNodegroup(stack, 'Nodes', {
  clusterName: cluster.ref,
  nodeRole: nodeRole.roleArn,
  subnets: subnetIds,
  scalingConfig: { minSize: 1, desiredSize: 1, maxSize: Number(process.env.MAX_NODES ?? 2) },
})
new eks.CfnFargateProfile(stack, 'Profile', {
  clusterName: cluster.ref,
  podExecutionRoleArn: podRole.roleArn,
  subnets: subnetIds,
  selectors: [{ namespace: process.env.FARGATE_NAMESPACE ?? 'serverless' }],
})
new eks.CfnAddon(stack, 'Proxy', { clusterName: cluster.ref, addonName: 'kube-proxy' })
new eks.CfnAccessEntry(stack, 'Admin', {
  clusterName: cluster.ref,
  principalArn: role('AdminRole', 'ec2.amazonaws.com').roleArn,
  accessPolicies: [
    {
      policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
      accessScope: { type: 'cluster' },
    },
  ],
})
new CfnOutput(stack, 'ClusterName', { value: cluster.ref })
