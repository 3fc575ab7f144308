import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { enabledLogTypes } from '../../rules/eksctl/log-types.ts'
import { clusterTemplate } from './cluster.ts'
import { dedicatedNetwork, existingNetwork } from './network.ts'
import { nodeGroupTemplate } from './nodegroup.ts'
import { fargateRoleTemplate, serviceAccountTemplate } from './roles.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'workshop', region: 'ap-southeast-1', version: '1.35', tags: { team: 'web' } },
  vpc: { clusterEndpoints: { publicAccess: true, privateAccess: true } },
  kubernetesNetworkConfig: { serviceIPv4CIDR: '10.50.0.0/24' },
  cloudWatch: { clusterLogging: { enableTypes: ['api', 'audit'], logRetentionInDays: 30 } },
  managedNodeGroups: [
    {
      name: 'ng',
      instanceType: 't3.xlarge',
      minSize: 2,
      volumeSize: 100,
      volumeType: 'gp3',
      iam: {
        withAddonPolicies: {
          imageBuilder: true,
          autoScaler: true,
          ebs: true,
          cloudWatch: true,
          albIngress: true,
        },
      },
    },
  ],
}
const network = existingNetwork('vpc-1', { private: ['subnet-a', 'subnet-b'], public: [] })

describe('cluster stack', () => {
  const template = clusterTemplate(config, network, '1.35')

  it('has the resources of an eksctl cluster stack in an existing VPC', () => {
    expect(Object.keys(template.Resources).toSorted()).toEqual([
      'ClusterSharedNodeSecurityGroup',
      'ControlPlane',
      'ControlPlaneSecurityGroup',
      'IngressDefaultClusterToNodeSG',
      'IngressInterNodeGroupSG',
      'IngressNodeToDefaultClusterSG',
      'ServiceRole',
    ])
  })

  it('leaves shared group and its rules to the owner that the file names', () => {
    const vpc = { sharedNodeSecurityGroup: 'sg-1', manageSharedNodeSecurityGroupRules: false }
    const own = clusterTemplate({ ...config, vpc }, network, '1.35')
    expect(Object.keys(own.Resources).toSorted()).toEqual([
      'ControlPlane',
      'ControlPlaneSecurityGroup',
      'ServiceRole',
    ])
    expect(own.Outputs?.['SharedNodeSecurityGroup']?.Value).toBe('sg-1')
  })

  it('lets further blocks in to the control plane', () => {
    const vpc = { extraCIDRs: ['192.168.0.0/16'], extraIPv6CIDRs: ['2001:db8::/32'] }
    const own = clusterTemplate({ ...config, vpc }, network, '1.35')
    const rule = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }
    expect(own.Resources['IngressControlPlaneExtraCIDR0']?.Properties).toMatchObject({
      ...rule,
      CidrIp: '192.168.0.0/16',
    })
    expect(own.Resources['IngressControlPlaneExtraIPv6CIDR0']?.Properties).toMatchObject({
      ...rule,
      CidrIpv6: '2001:db8::/32',
    })
  })

  it('keeps the control plane on private subnets where the file says so', () => {
    const both = existingNetwork('vpc-1', { private: ['subnet-a'], public: ['subnet-b'] })
    const subnetsOf = (controlPlaneOnPrivateSubnets: boolean): unknown => {
      const own = clusterTemplate({ ...config, vpc: { controlPlaneOnPrivateSubnets } }, both, '1.35')
      return own.Resources['ControlPlane']?.Properties?.['ResourcesVpcConfig']
    }
    expect(subnetsOf(true)).toMatchObject({ SubnetIds: ['subnet-a'] })
    expect(subnetsOf(false)).toMatchObject({ SubnetIds: ['subnet-b', 'subnet-a'] })
  })

  it.each([
    ['securityGroup', { securityGroup: 'sg-1' }, ['sg-1']],
    ['controlPlaneSecurityGroupIDs', { controlPlaneSecurityGroupIDs: ['sg-2', 'sg-3'] }, ['sg-2', 'sg-3']],
  ])('takes the groups of %s', (_, vpc, groups) => {
    const own = clusterTemplate({ ...config, vpc }, network, '1.35')
    expect(own.Resources['ControlPlaneSecurityGroup']).toBeUndefined()
    expect(own.Resources['ControlPlane']?.Properties?.['ResourcesVpcConfig']).toMatchObject({
      SecurityGroupIds: groups,
    })
    expect(own.Outputs?.['SecurityGroup']?.Value).toBe(groups[0])
  })

  it('passes subnets of the control plane, keys, support and policies on', () => {
    const own = clusterTemplate(
      {
        ...config,
        vpc: { controlPlaneSubnetIDs: ['subnet-c'] },
        upgradePolicy: { supportType: 'STANDARD' },
        secretsEncryption: { keyARN: 'arn:aws:kms:eu-west-1:1:key/k' },
        iam: { vpcResourceControllerPolicy: false },
      },
      network,
      '1.35',
    )
    expect(own.Resources['ControlPlane']?.Properties).toMatchObject({
      ResourcesVpcConfig: { SubnetIds: ['subnet-c'] },
      UpgradePolicy: { SupportType: 'STANDARD' },
      EncryptionConfig: [{ Provider: { KeyArn: 'arn:aws:kms:eu-west-1:1:key/k' }, Resources: ['secrets'] }],
    })
    expect(JSON.stringify(own.Resources['ServiceRole'])).not.toContain('VPCResourceController')
  })

  it('has the outputs that eksctl reads', () => {
    expect(Object.keys(template.Outputs ?? {}).toSorted()).toEqual([
      'ARN',
      'CertificateAuthorityData',
      'ClusterSecurityGroupId',
      'ClusterStackName',
      'Endpoint',
      'SecurityGroup',
      'ServiceRoleARN',
      'SharedNodeSecurityGroup',
      'SubnetsPrivate',
      'VPC',
    ])
    expect(template.Outputs?.['VPC']).toEqual({
      Value: 'vpc-1',
      Export: { Name: { 'Fn::Sub': '${AWS::StackName}::VPC' } },
    })
    expect(template.Outputs?.['CertificateAuthorityData']?.Export).toBeUndefined()
  })

  it('passes every field of the file to the control plane', () => {
    expect(template.Resources['ControlPlane']?.Properties).toMatchObject({
      Name: 'workshop',
      Version: '1.35',
      ResourcesVpcConfig: {
        EndpointPublicAccess: true,
        EndpointPrivateAccess: true,
        SubnetIds: ['subnet-a', 'subnet-b'],
      },
      KubernetesNetworkConfig: { ServiceIpv4Cidr: '10.50.0.0/24', IpFamily: 'ipv4' },
      Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'api' }, { Type: 'audit' }] } },
      AccessConfig: {
        AuthenticationMode: 'API_AND_CONFIG_MAP',
        BootstrapClusterCreatorAdminPermissions: true,
      },
      BootstrapSelfManagedAddons: false,
    })
  })

  it.each([
    [['*'], 5],
    [['all'], 5],
    [['api'], 1],
    [[], 0],
  ] as const)('reads log types %j', (enableTypes, count) => {
    const asked: ClusterConfig = { ...config, cloudWatch: { clusterLogging: { enableTypes } } }
    expect(enabledLogTypes(asked)).toHaveLength(count)
  })
})

describe('dedicated VPC', () => {
  const dedicated = dedicatedNetwork(config, ['ap-southeast-1a', 'ap-southeast-1b'])

  it('gives each zone a public and a private subnet with the tags for load balancers', () => {
    expect(dedicated.resources['SubnetPublicAPSOUTHEAST1A']?.Properties).toMatchObject({
      AvailabilityZone: 'ap-southeast-1a',
      CidrBlock: '192.168.0.0/19',
      MapPublicIpOnLaunch: true,
    })
    expect(dedicated.resources['SubnetPrivateAPSOUTHEAST1B']?.Properties).toMatchObject({
      CidrBlock: '192.168.96.0/19',
      Tags: [{ Key: 'kubernetes.io/role/internal-elb', Value: '1' }, expect.anything()],
    })
  })

  it.each([
    ['Single', 1, 2],
    ['HighlyAvailable', 2, 2],
    ['Disable', 0, 0],
  ] as const)('with nat.gateway %s makes %i gateways and %i routes', (gateway, gateways, routes) => {
    const { resources } = dedicatedNetwork({ ...config, vpc: { nat: { gateway } } }, ['x-1a', 'x-1b'])
    const names = Object.keys(resources)
    expect(names.filter((name) => name.startsWith('NATGateway'))).toHaveLength(gateways)
    expect(names.filter((name) => name.startsWith('NATPrivateSubnetRoute'))).toHaveLength(routes)
  })
})

describe('node group stack', () => {
  const [group] = config.managedNodeGroups ?? []
  const template = nodeGroupTemplate(config, group!, { subnets: ['subnet-a'] })

  it('attaches the policies that eksctl attaches', () => {
    const arns = JSON.stringify(template.Resources['NodeInstanceRole']?.Properties?.['ManagedPolicyArns'])
    for (const name of [
      'AmazonEC2ContainerRegistryPowerUser',
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonEKSWorkerNodePolicy',
      'AmazonEKS_CNI_Policy',
      'AmazonSSMManagedInstanceCore',
      'CloudWatchAgentServerPolicy',
      'service-role/AmazonEBSCSIDriverPolicy',
    ]) {
      expect(arns).toContain(`policy/${name}`)
    }
    expect(Object.keys(template.Resources)).toEqual(
      expect.arrayContaining(['PolicyAutoScaling', 'PolicyAWSLoadBalancerController']),
    )
  })

  it('leaves the CNI its own role when there is an OIDC provider', () => {
    const { Resources } = nodeGroupTemplate({ ...config, iam: { withOIDC: true } }, group!, { subnets: [] })
    expect(JSON.stringify(Resources['NodeInstanceRole'])).not.toContain('AmazonEKS_CNI_Policy')
  })

  it('describes the group and its disk', () => {
    expect(template.Resources['ManagedNodeGroup']?.Properties).toMatchObject({
      AmiType: 'AL2023_x86_64_STANDARD',
      InstanceTypes: ['t3.xlarge'],
      ScalingConfig: { MinSize: 2, MaxSize: 2, DesiredSize: 2 },
      Labels: { 'alpha.eksctl.io/cluster-name': 'workshop', 'alpha.eksctl.io/nodegroup-name': 'ng' },
    })
    expect(template.Resources['LaunchTemplate']?.Properties).toMatchObject({
      LaunchTemplateData: {
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { VolumeSize: 100, VolumeType: 'gp3', Iops: 3000, Throughput: 125 },
          },
        ],
        SecurityGroupIds: [{ 'Fn::ImportValue': 'eksctl-workshop-cluster::ClusterSecurityGroupId' }],
      },
    })
  })

  it('puts the volume of the file on the data disk of Bottlerocket, and encrypts both', () => {
    const blockDevices = (more: object): unknown =>
      nodeGroupTemplate(
        config,
        { name: 'ng', amiFamily: 'Bottlerocket', volumeSize: 30, ...more },
        { subnets: [] },
      ).Resources['LaunchTemplate']?.Properties?.['LaunchTemplateData']
    const data = {
      DeviceName: '/dev/xvdb',
      Ebs: { VolumeSize: 30, VolumeType: 'gp3', Iops: 3000, Throughput: 125 },
    }
    expect(blockDevices({})).toMatchObject({ BlockDeviceMappings: [data] })
    expect(blockDevices({ volumeEncrypted: true })).toMatchObject({
      BlockDeviceMappings: [
        { ...data, Ebs: { ...data.Ebs, Encrypted: true } },
        { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp3', Encrypted: true } },
      ],
    })
  })

  it.each([
    ['t4g.medium', undefined, 'AL2023_ARM_64_STANDARD'],
    ['m7i.large', 'Bottlerocket', 'BOTTLEROCKET_x86_64'],
    ['m6g.large', 'AmazonLinux2', 'AL2_ARM_64'],
  ])('chooses the AMI type of %s %s', (instanceType, amiFamily, expected) => {
    const family = amiFamily === undefined ? {} : { amiFamily }
    const { Resources } = nodeGroupTemplate(config, { name: 'ng', instanceType, ...family }, { subnets: [] })
    expect(Resources['ManagedNodeGroup']?.Properties?.['AmiType']).toBe(expected)
  })
})

describe('role stacks', () => {
  it('ties a service account to its subject', () => {
    const template = serviceAccountTemplate(
      {
        metadata: { name: 'lbc', namespace: 'kube-system' },
        wellKnownPolicies: { awsLoadBalancerController: true },
      },
      'https://oidc.eks.ap-southeast-1.amazonaws.com/id/ABC',
    )
    expect(template.Resources['Role1']?.Properties?.['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Condition: {
            StringEquals: {
              'oidc.eks.ap-southeast-1.amazonaws.com/id/ABC:aud': 'sts.amazonaws.com',
              'oidc.eks.ap-southeast-1.amazonaws.com/id/ABC:sub': 'system:serviceaccount:kube-system:lbc',
            },
          },
        },
      ],
    })
    expect(template.Outputs).toEqual({ Role1: { Value: { 'Fn::GetAtt': 'Role1.Arn' } } })
    expect(template.Resources['PolicyAWSLoadBalancerController']?.Type).toBe('AWS::IAM::Policy')
  })

  it('lets Fargate take on the pod execution role for this cluster only', () => {
    const { Resources } = fargateRoleTemplate(config)
    expect(JSON.stringify(Resources)).toContain(
      'eks:ap-southeast-1:${AWS::AccountId}:fargateprofile/workshop/*',
    )
  })
})

describe('cluster stack in Auto Mode', () => {
  const inAutoMode = (autoModeConfig?: NonNullable<ClusterConfig['autoModeConfig']>) => {
    const own = autoModeConfig ? { autoModeConfig } : {}
    const template = clusterTemplate({ ...config, ...own }, network, '1.35')
    return { template, cluster: template.Resources['ControlPlane']?.Properties }
  }

  it('has both pools and a role for their nodes', () => {
    const { template, cluster } = inAutoMode({ enabled: true })
    expect(cluster).toMatchObject({
      ComputeConfig: {
        Enabled: true,
        NodePools: ['general-purpose', 'system'],
        NodeRoleArn: { 'Fn::GetAtt': ['AutoModeNodeRole', 'Arn'] },
      },
      KubernetesNetworkConfig: { ElasticLoadBalancing: { Enabled: true } },
      StorageConfig: { BlockStorage: { Enabled: true } },
      BootstrapSelfManagedAddons: false,
    })
    expect(JSON.stringify(template.Resources['AutoModeNodeRole'])).toContain(
      'AmazonEKSWorkerNodeMinimalPolicy',
    )
    expect(JSON.stringify(template.Resources['ServiceRole'])).toContain('AmazonEKSComputePolicy')
    expect(template.Outputs).toHaveProperty('AutoModeNodeRoleARN')
  })

  it.each([
    ['a role of its own', { enabled: true, nodeRoleARN: 'arn:aws:iam::111122223333:role/node' }],
    ['no pools', { enabled: true, nodePools: [] }],
    ['Auto Mode off', { enabled: false }],
  ])('makes no role with %s', (_what, autoModeConfig) => {
    const { template } = inAutoMode(autoModeConfig)
    expect(template.Resources).not.toHaveProperty('AutoModeNodeRole')
    expect(template.Outputs).not.toHaveProperty('AutoModeNodeRoleARN')
  })

  it('says nothing of it otherwise', () => {
    expect(inAutoMode().cluster).not.toHaveProperty('ComputeConfig')
  })
})

describe('a network with IPv6 blocks', () => {
  const zones = ['ap-southeast-1a', 'ap-southeast-1b']
  const vpc = { autoAllocateIPv6: true, hostnameType: 'resource-name' } as const
  const { resources } = dedicatedNetwork({ ...config, vpc }, zones)
  const part = (name: string): unknown =>
    (resources[name]?.Properties as { Ipv6CidrBlock?: Record<string, unknown[]> } | undefined)
      ?.Ipv6CidrBlock?.['Fn::Select']?.[0]

  it('gives each subnet a part, and the public ones a way out', () => {
    expect(resources['AutoAllocatedCIDRv6']?.Type).toBe('AWS::EC2::VPCCidrBlock')
    expect(resources['PublicSubnetIPv6DefaultRoute']?.Properties).toMatchObject({
      DestinationIpv6CidrBlock: '::/0',
    })
    const names = ['Public', 'Private'].flatMap((topology) =>
      ['APSOUTHEAST1A', 'APSOUTHEAST1B'].map((zone) => `${topology}${zone}CIDRv6`),
    )
    expect(names.map(part)).toEqual([0, 1, 2, 3])
  })

  it('calls instances by their ids where the file says so', () => {
    expect(resources['SubnetPublicAPSOUTHEAST1A']?.Properties).toMatchObject({
      PrivateDnsNameOptionsOnLaunch: { HostnameType: 'resource-name' },
    })
  })
})

describe('the network of an IPv6 cluster', () => {
  const zones = ['ap-southeast-1a', 'ap-southeast-1b']
  const six = { ...config, kubernetesNetworkConfig: { ipFamily: 'IPv6' } } as const
  const { resources } = dedicatedNetwork(six, zones)

  it('gives interfaces in each subnet an address of its part of the block', () => {
    const subnets = ['Public', 'Private'].flatMap((topology) =>
      ['APSOUTHEAST1A', 'APSOUTHEAST1B'].map((zone) => resources[`Subnet${topology}${zone}`]),
    )
    expect(subnets.map((subnet) => subnet?.Properties)).toMatchObject(
      [0, 1, 2, 3].map((part) => ({
        AssignIpv6AddressOnCreation: true,
        Ipv6CidrBlock: { 'Fn::Select': [part, { 'Fn::Cidr': [expect.anything(), 6, 64] }] },
      })),
    )
    expect(subnets.map((subnet) => subnet?.DependsOn)).toEqual(
      zones.flatMap(() => [['IPv6CidrBlock'], ['IPv6CidrBlock']]),
    )
  })

  it('leads out of public subnets both ways, out of private ones alone', () => {
    expect(resources['PublicSubnetIPv6DefaultRoute']?.Properties).toMatchObject({
      GatewayId: expect.anything(),
    })
    expect(resources['PrivateSubnetDefaultIpv6RouteAPSOUTHEAST1B']?.Properties).toMatchObject({
      DestinationIpv6CidrBlock: '::/0',
      EgressOnlyInternetGatewayId: { Ref: 'EgressOnlyInternetGateway' },
    })
    expect(resources['NATGateway']?.Type).toBe('AWS::EC2::NatGateway')
    const alone = dedicatedNetwork({ ...six, privateCluster: { enabled: true } }, zones).resources
    expect(
      Object.keys(alone).filter((name) => /Route|Gateway/.test(name) && !name.includes('Table')),
    ).toEqual([])
  })

  it('tells EKS the family', () => {
    const { Resources } = clusterTemplate(six, dedicatedNetwork(six, zones), '1.35')
    expect(Resources['ControlPlane']?.Properties).toMatchObject({
      KubernetesNetworkConfig: { IpFamily: 'ipv6' },
    })
  })
})
