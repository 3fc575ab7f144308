import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { clusterTemplate } from './cluster.ts'
import { dedicatedNetwork } from './network.ts'
import { endpointServices } from './vpc-endpoints.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'workshop', region: 'eu-west-1' },
  privateCluster: { enabled: true },
}

describe('endpointServices', () => {
  it.each<[Partial<ClusterConfig>, readonly string[]]>([
    [{}, ['ec2', 'ecr.api', 'ecr.dkr', 's3', 'sts']],
    [{ privateCluster: { enabled: false } }, []],
    [{ privateCluster: { enabled: true, skipEndpointCreation: true } }, []],
    [
      {
        privateCluster: { enabled: true, additionalEndpointServices: ['autoscaling', 'logs'] },
        cloudWatch: { clusterLogging: { enableTypes: ['api'] } },
      },
      ['ec2', 'ecr.api', 'ecr.dkr', 's3', 'sts', 'autoscaling', 'logs'],
    ],
    [
      { cloudWatch: { clusterLogging: { enableTypes: ['*'] } } },
      ['ec2', 'ecr.api', 'ecr.dkr', 's3', 'sts', 'logs'],
    ],
  ])('of %j', (parts, services) => {
    expect(endpointServices({ ...config, ...parts })).toEqual(services)
  })
})

describe('the stack of a private cluster', () => {
  const network = dedicatedNetwork(config, ['eu-west-1a', 'eu-west-1b'])
  const { Resources, Outputs } = clusterTemplate(config, network, '1.35')

  it('has private subnets alone, and no way to the internet', () => {
    const types = new Set(Object.values(Resources).map(({ Type }) => Type))
    for (const type of ['InternetGateway', 'NatGateway', 'EIP', 'Route'])
      expect(types).not.toContain(`AWS::EC2::${type}`)
    expect(Object.keys(Resources).filter((name) => name.startsWith('Subnet'))).toEqual([
      'SubnetPrivateEUWEST1A',
      'SubnetPrivateEUWEST1B',
    ])
  })

  it('has endpoints in the private subnets, S3 by its gateway', () => {
    expect(Resources['VPCEndpointECRAPI']?.Properties).toEqual({
      ServiceName: 'com.amazonaws.eu-west-1.ecr.api',
      VpcId: { Ref: 'VPC' },
      VpcEndpointType: 'Interface',
      SubnetIds: network.privateSubnets,
      PrivateDnsEnabled: true,
      SecurityGroupIds: [{ Ref: 'ClusterSharedNodeSecurityGroup' }],
    })
    expect(Resources['VPCEndpointS3']?.Properties).toMatchObject({
      VpcEndpointType: 'Gateway',
      RouteTableIds: [{ Ref: 'PrivateRouteTableEUWEST1A' }, { Ref: 'PrivateRouteTableEUWEST1B' }],
    })
  })

  it('is open until all is made, and says what it is', () => {
    expect(Resources['ControlPlane']?.Properties?.['ResourcesVpcConfig']).toMatchObject({
      EndpointPublicAccess: true,
      EndpointPrivateAccess: true,
    })
    expect(Outputs?.['ClusterFullyPrivate']?.Value).toBe(true)
  })
})
