import { expect, test } from 'vitest'

import type { ClusterConfig, RemoteNetworkConfig } from '../../config/cluster-config.ts'
import { clusterTemplate } from './cluster.ts'
import { dedicatedNetwork } from './network.ts'

const NODES: RemoteNetworkConfig = {
  remoteNodeNetworks: [{ cidrs: ['10.80.0.0/16'] }],
  remotePodNetworks: [{ cidrs: ['10.86.0.0/23'] }],
}

function templateOf(remoteNetworkConfig: RemoteNetworkConfig, parts: Partial<ClusterConfig> = {}) {
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'hybrid', region: 'us-west-2' },
    remoteNetworkConfig,
    ...parts,
  }
  return clusterTemplate(config, dedicatedNetwork(config, ['us-west-2a', 'us-west-2b']), '1.35')
}

test('a cluster knows its remote networks, and lets them in', () => {
  const { Resources, Outputs = {} } = templateOf(NODES)
  expect(Resources['ControlPlane']?.Properties?.['RemoteNetworkConfig']).toEqual({
    RemoteNodeNetworks: [{ Cidrs: ['10.80.0.0/16'] }],
    RemotePodNetworks: [{ Cidrs: ['10.86.0.0/23'] }],
  })
  expect(Resources['IngressControlPlaneRemoteNetworks1']?.Properties).toMatchObject({
    CidrIp: '10.86.0.0/23',
    Description: 'Allow nodes/pods from remote network (10.86.0.0/23) to communicate to controlplane',
    FromPort: 443,
  })
  expect(Resources['RemoteNodesAccessEntry']?.Properties).toMatchObject({
    PrincipalArn: { 'Fn::GetAtt': ['HybridNodesSSMRole', 'Arn'] },
    Type: 'HYBRID_LINUX',
  })
  expect(Outputs['RemoteNodesRoleARN']?.Value).toEqual({ 'Fn::GetAtt': ['HybridNodesSSMRole', 'Arn'] })
  expect(Resources).not.toHaveProperty('TransitGatewayAttachment')
})

test('a role that is given gets the access entry, and none is made', () => {
  const roleARN = 'arn:aws:iam::111122223333:role/HybridNodesRole'
  const { Resources } = templateOf({ ...NODES, iam: { roleARN } })
  expect(Resources['RemoteNodesAccessEntry']?.Properties).toMatchObject({ PrincipalArn: roleARN })
  expect(Resources).not.toHaveProperty('HybridNodesSSMRole')
})

test('IAM Roles Anywhere gets an anchor, a profile and a role that trusts the anchor alone', () => {
  const { Resources, Outputs = {} } = templateOf({ ...NODES, iam: { provider: 'IRA', caBundleCert: 'PEM' } })
  expect(Resources['TrustAnchor']?.Properties).toMatchObject({
    Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: 'PEM' } },
  })
  expect(Resources['HybridNodesIRARole']?.Properties?.['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [
      {
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['TrustAnchor', 'TrustAnchorArn'] } } },
      },
    ],
  })
  expect(Object.keys(Outputs)).toEqual(
    expect.arrayContaining(['RemoteNodesTrustAnchorARN', 'RemoteNodesAnywhereProfileARN']),
  )
})

test.each([
  ['tgw-0a', 'TransitGatewayAttachment', 'TGWPrivateSubnetRoute1USWEST2B', 'TransitGatewayId'],
  ['vgw-0a', 'VirtualPrivateGatewayAttachment', 'VGWPrivateSubnetRoute1USWEST2B', 'GatewayId'],
])('private subnets lead to the networks by %s', (vpcGatewayID, attachment, route, target) => {
  const { Resources } = templateOf({ ...NODES, vpcGatewayID })
  expect(Resources).toHaveProperty(attachment)
  expect(Resources[route]).toMatchObject({
    DependsOn: [attachment],
    Properties: { DestinationCidrBlock: '10.86.0.0/23', [target]: vpcGatewayID },
  })
})

test('a cluster without hybrid nodes has nothing of theirs', () => {
  const { Resources, Outputs = {} } = templateOf({})
  expect(
    [...Object.keys(Resources), ...Object.keys(Outputs)].filter((id) => /Remote|Hybrid/.test(id)),
  ).toEqual([])
})
