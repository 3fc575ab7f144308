import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from './cluster-config.ts'
import { networkRulesBroken } from './network-rules.ts'

type Vpc = NonNullable<ClusterConfig['vpc']>

function broken(vpc: Vpc, parts: Partial<ClusterConfig> = {}): readonly string[] {
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'workshop', region: 'eu-west-1' },
    ...parts,
    vpc,
  }
  const position = { file: 'cluster.yaml', line: 1, column: 1 }
  return networkRulesBroken(config, () => position).map(({ message }) => message)
}

const two = { private: { a: { id: 'subnet-a' }, b: { id: 'subnet-b' } } }

describe('networkRulesBroken', () => {
  it.each<[string, Vpc, string | undefined]>([
    ['nothing', {}, undefined],
    ['two subnets', { id: 'vpc-1', subnets: two }, undefined],
    ['private access alone', { clusterEndpoints: { publicAccess: false, privateAccess: true } }, undefined],
    [
      'no access',
      { clusterEndpoints: { publicAccess: false, privateAccess: false } },
      'Kubernetes API access must have one of public or private clusterEndpoints enabled',
    ],
    [
      'groups in two ways',
      { securityGroup: 'sg-1', controlPlaneSecurityGroupIDs: ['sg-2'] },
      'only one of vpc.securityGroup and vpc.controlPlaneSecurityGroupIDs can be specified',
    ],
    [
      'no rules for a group of eksctl',
      { manageSharedNodeSecurityGroupRules: false },
      'vpc.manageSharedNodeSecurityGroupRules can be false beside vpc.sharedNodeSecurityGroup only',
    ],
    [
      'no rules for a group of the file',
      { manageSharedNodeSecurityGroupRules: false, sharedNodeSecurityGroup: 'sg-1' },
      undefined,
    ],
    [
      'subnets of the control plane in two ways',
      { controlPlaneOnPrivateSubnets: true, controlPlaneSubnetIDs: ['subnet-a'] },
      'only one of vpc.controlPlaneSubnetIDs and vpc.controlPlaneOnPrivateSubnets can be specified',
    ],
    [
      'no private subnets for the control plane',
      { controlPlaneOnPrivateSubnets: true, subnets: { public: two.private } },
      'vpc.controlPlaneOnPrivateSubnets needs two private subnets',
    ],
    ['a VPC alone', { id: 'vpc-1' }, 'vpc.id without vpc.subnets: eksctl would make a VPC of its own'],
    [
      'one subnet',
      { subnets: { private: { a: { id: 'subnet-a' } } } },
      'private subnets: 1 of at least 2 that a cluster needs',
    ],
    [
      'a subnet by its block',
      { id: 'vpc-1', subnets: { public: { a: { cidr: '10.0.0.0/24' }, b: {} } } },
      undefined,
    ],
    [
      'a subnet by its block in no VPC',
      { subnets: { private: { ...two.private, c: { cidr: '10.0.0.0/24' } } } },
      'the private subnet c has no id, and cannot be found by its CIDR without vpc.id',
    ],
    [
      'a subnet by its zone in no VPC',
      { subnets: { private: { ...two.private, 'eu-west-1c': {} } } },
      'the private subnet eu-west-1c has no id, and cannot be found by its zone without vpc.id',
    ],
  ])('with %s', (_, vpc, message) => {
    expect(broken(vpc)).toEqual(message === undefined ? [] : [message])
  })

  it('with subnets and zones', () => {
    expect(broken({ subnets: two }, { availabilityZones: ['eu-west-1a', 'eu-west-1b'] })).toEqual([
      'vpc.subnets and availabilityZones cannot be set at the same time',
    ])
  })

  it.each<[string, Vpc, Partial<ClusterConfig>, readonly string[]]>([
    ['alone', {}, {}, []],
    ['with private groups', {}, { managedNodeGroups: [{ name: 'a', privateNetworking: true }] }, []],
    [
      'with a public group',
      {},
      { managedNodeGroups: [{ name: 'a' }] },
      ['managedNodeGroups[0].privateNetworking must be enabled for a fully-private cluster'],
    ],
    [
      'with endpoints of its own mind',
      { clusterEndpoints: { publicAccess: true } },
      {},
      [
        'vpc.clusterEndpoints cannot be set for a fully-private cluster (privateCluster.enabled) as the endpoint access defaults to private-only',
      ],
    ],
    [
      'with public subnets only',
      { id: 'vpc-1', subnets: { public: two.private } },
      {},
      [
        'vpc.subnets.private must be specified in a fully-private cluster when a pre-existing VPC is supplied',
      ],
    ],
    [
      'with and without endpoints',
      {},
      {
        privateCluster: {
          enabled: true,
          skipEndpointCreation: true,
          additionalEndpointServices: ['logs'],
        },
      },
      [
        'privateCluster.additionalEndpointServices cannot be set when privateCluster.skipEndpointCreation is true',
      ],
    ],
  ])('of a private cluster %s', (_, vpc, parts, messages) => {
    expect(broken(vpc, { privateCluster: { enabled: true }, ...parts })).toEqual(messages)
  })

  it('of a node group in a zone that the cluster is not in', () => {
    const availabilityZones = ['eu-west-1a', 'eu-west-1b']
    const group = (...zones: string[]) => ({ name: 'a', availabilityZones: zones })
    expect(broken({}, { availabilityZones, managedNodeGroups: [group('eu-west-1b')] })).toEqual([])
    expect(broken({}, { availabilityZones, nodeGroups: [group('eu-west-1a', 'eu-west-1c')] })).toEqual([
      'node group a: the cluster has no subnet in the zone eu-west-1c',
    ])
  })
})
