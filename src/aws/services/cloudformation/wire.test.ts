import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  DescribeStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeAddonVersionsCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListAccessEntriesCommand,
} from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion } from '../eks/testing/eks-test-region.ts'
import { createCloudFormation } from './index.ts'

test('SDK clients see on the wire what the services say', async () => {
  const region = await createEksTestRegion()
  const service = createCloudFormation(region.deps)
  region.services.push(service.service)
  region.run(service.controllers)
  const settings = region.client(await region.listen())
  const cloudformation = new CloudFormationClient(settings)
  const eks = new EKSClient(settings)
  // Of the control plane and of the nodes.
  const Principal = { Service: ['eks.amazonaws.com', 'ec2.amazonaws.com'] }
  const trust = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] }
  const Resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
    Cluster: {
      Type: 'AWS::EKS::Cluster',
      Properties: {
        Name: 'wired',
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        ResourcesVpcConfig: { SubnetIds: region.subnetIds },
        AccessConfig: { AuthenticationMode: 'API' },
      },
    },
    Nodes: {
      Type: 'AWS::EKS::Nodegroup',
      Properties: {
        ClusterName: { Ref: 'Cluster' },
        NodegroupName: 'workers',
        NodeRole: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Subnets: region.subnetIds,
      },
    },
  }
  const Outputs = { Arn: { Value: { 'Fn::GetAtt': ['Cluster', 'Arn'] }, Export: { Name: 'wired-arn' } } }
  const StackName = 'wired'
  await cloudformation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ Resources, Outputs }),
      Capabilities: ['CAPABILITY_IAM'],
      Tags: [{ Key: 'a', Value: '1' }],
    }),
  )
  const stack = await region.until(async () => {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }))
    return !Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') && Stacks?.[0]
  })
  expect(stack).toMatchObject({
    StackStatus: 'CREATE_COMPLETE',
    Outputs: [{ OutputKey: 'Arn', ExportName: 'wired-arn' }],
    Tags: [{ Key: 'a', Value: '1' }],
    CreationTime: expect.any(Date) as Date,
  })
  const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }))
  expect(StackEvents?.at(-1)).toMatchObject({
    ResourceStatus: 'CREATE_IN_PROGRESS',
    ResourceStatusReason: 'User Initiated',
  })
  const { StackResources } = await cloudformation.send(new DescribeStackResourcesCommand({ StackName }))
  expect(StackResources?.map((resource) => resource.ResourceStatus)).toEqual(Array(3).fill('CREATE_COMPLETE'))
  const { StackSummaries } = await cloudformation.send(
    new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE'] }),
  )
  expect(StackSummaries).toHaveLength(1)

  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'wired' }))
  expect(cluster).toMatchObject({ status: 'ACTIVE', createdAt: expect.any(Date) as Date, tags: { a: '1' } })
  const { nodegroup } = await eks.send(
    new DescribeNodegroupCommand({ clusterName: 'wired', nodegroupName: 'workers' }),
  )
  expect(nodegroup).toMatchObject({ status: 'ACTIVE', diskSize: 20, instanceTypes: ['t3.medium'] })
  const { clusterVersions } = await eks.send(new DescribeClusterVersionsCommand({}))
  expect(clusterVersions?.map((version) => version.clusterVersion)).toContain('1.28')
  const { addons } = await eks.send(new DescribeAddonVersionsCommand({ kubernetesVersion: '1.34' }))
  expect(addons?.map(({ addonName }) => addonName)).toContain('aws-ebs-csi-driver')
  const { accessEntries } = await eks.send(new ListAccessEntriesCommand({ clusterName: 'wired' }))
  // Whoever made the stack is the cluster's administrator; the nodes have an entry too.
  expect(accessEntries).toEqual(
    expect.arrayContaining([
      expect.stringContaining(':user/') as string,
      expect.stringContaining(':role/wired-Role-') as string,
    ]),
  )
  await expect(eks.send(new DescribeClusterCommand({ name: 'nobody' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'No cluster found for name: nobody.',
    $metadata: { httpStatusCode: 404 },
  })
})
