import { describe, expect, it } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { today } from './testing/plan-of.ts'

/** The errors of a plan of this config alone. */
function errorsOf(fields: string, version = ''): readonly string[] {
  const metadata = `{name: shape, region: us-west-2${version === '' ? '' : `, version: "${version}"`}}`
  const text = `apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: ${metadata}\n${fields}\n`
  const { problems } = makePlan(readProject(['cluster.yaml'], memoryFiles({ 'cluster.yaml': text })), {
    today,
  })
  return problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)
}

const NG = 'nodeGroups: [{name: ng-1, instanceType: m5.xlarge, desiredCapacity: 2}]'
const MNG = 'managedNodeGroups: [{name: mng-1}]'
const AGENT = 'addons: [{name: eks-pod-identity-agent}]'

// The shapes of eksctl's examples (its folder examples/), each with the fields that make it what it is.
const ACCEPTED: readonly [string, string][] = [
  ['a simple cluster', NG],
  ['two groups', 'nodeGroups: [{name: a, desiredCapacity: 2}, {name: b, privateNetworking: true}]'],
  [
    'an existing VPC',
    'vpc: {id: vpc-0dd3, cidr: 192.168.0.0/16, subnets: {private: {us-west-2a: {id: subnet-0b25, cidr: 192.168.128.0/19}, us-west-2b: {id: subnet-08cb}}}}\nnodeGroups: [{name: ng-1, privateNetworking: true}]',
  ],
  [
    'subnets by CIDR, and groups that name them',
    'vpc: {id: vpc-0c24, subnets: {public: {one: {id: subnet-0324}, two: {id: subnet-0838}}, private: {three: {cidr: 192.168.160.0/19}, four: {id: subnet-0011}}}}\nnodeGroups: [{name: ng-1, subnets: [one, subnet-0838]}]',
  ],
  ['SSH keys', 'nodeGroups: [{name: ng-1, ssh: {publicKeyPath: ~/.ssh/key.pub}}]'],
  [
    'spot instances',
    'nodeGroups: [{name: ng-1, minSize: 2, maxSize: 5, instancesDistribution: {maxPrice: 0.017, instanceTypes: [t3.small, t3.medium], onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 50, spotInstancePools: 2}}]',
  ],
  ['NAT gateways', `vpc: {nat: {gateway: HighlyAvailable}}\n${NG}`],
  ['logs of the control plane', `cloudWatch: {clusterLogging: {enableTypes: ["*"]}}\n${NG}`],
  [
    'roles of service accounts',
    `iam: {withOIDC: true, serviceAccounts: [{metadata: {name: s3-reader}, attachPolicyARNs: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}, {metadata: {name: some-app}, attachRoleARN: "arn:aws:iam::123:role/already-created"}]}\n${NG}`,
  ],
  ['profiles', 'fargateProfiles: [{name: fp, selectors: [{namespace: default}]}]'],
  ['KMS', 'secretsEncryption: {keyARN: "arn:aws:kms:us-west-2:000000000000:key/00-11"}'],
  ['Bottlerocket', 'nodeGroups: [{name: ng, amiFamily: Bottlerocket, bottlerocket: {settings: {motd: hi}}}]'],
  [
    'a launch template',
    'managedNodeGroups: [{name: a, launchTemplate: {id: lt-1234, version: "2"}, labels: {role: worker}}]',
  ],
  [
    'spot of managed groups',
    'managedNodeGroups: [{name: a, instanceTypes: [c5.large, c5d.large], spot: true}]',
  ],
  [
    'an OIDC provider',
    `identityProviders: [{type: oidc, name: p, issuerURL: "https://x.example", clientID: k}]\n${NG}`,
  ],
  [
    'instance selectors',
    'nodeGroups: [{name: ng, instanceSelector: {vCPUs: 2, memory: "4", gpus: 0}}]\nmanagedNodeGroups: [{name: mng, instanceSelector: {vCPUs: 2, memory: 2GiB, cpuArchitecture: x86_64}}]',
  ],
  [
    'subnets and groups of the control plane',
    `vpc: {controlPlaneSubnetIDs: [subnet-1234, subnet-5678], controlPlaneSecurityGroupIDs: [sg-1234], publicAccessCIDRs: [1.1.1.1/32]}\n${MNG}`,
  ],
  [
    'pod identity',
    `${AGENT}\niam: {podIdentityAssociations: [{namespace: default, serviceAccountName: s3-reader, createServiceAccount: true, roleARN: "arn:aws:iam::111122223333:role/role-1"}, {namespace: dev, serviceAccountName: cache, wellKnownPolicies: {autoScaler: true}}]}\n${MNG}`,
  ],
  [
    'access entries',
    'accessConfig: {authenticationMode: API, accessEntries: [{principalARN: "arn:aws:iam::111122223333:role/a", type: EC2_LINUX}]}',
  ],
  ['zonal shift', 'zonalShiftConfig: {enabled: true}'],
  [
    'node repair',
    'managedNodeGroups: [{name: a, nodeRepairConfig: {enabled: true, maxUnhealthyNodeThresholdPercentage: 25}}]',
  ],
  ['Karpenter', 'iam: {withOIDC: true}\nkarpenter: {version: v1.8.1, createServiceAccount: true}'],
  ['upgrade policy', 'upgradePolicy: {supportType: STANDARD}'],
  ['a larger control plane', 'controlPlaneScalingConfig: {tier: tier-xl}'],
  ['a control plane on private subnets', 'vpc: {controlPlaneOnPrivateSubnets: true}'],
  [
    'a private cluster',
    'privateCluster: {enabled: true}\nmanagedNodeGroups: [{name: a, privateNetworking: true}]',
  ],
  ['Windows', 'nodeGroups: [{name: w, amiFamily: WindowsServer2022FullContainer}]'],
  ['Ubuntu', 'managedNodeGroups: [{name: u, amiFamily: UbuntuPro2404, instanceType: m7g.large}]'],
  [
    'adapters in reserved capacity',
    'managedNodeGroups: [{name: e, instanceType: p4d.24xlarge, efaEnabled: true, availabilityZones: [us-west-2a], capacityReservation: {capacityReservationTarget: {capacityReservationID: cr-1}}, instanceMarketOptions: {marketType: capacity-block}}]',
  ],
  [
    'an image of its own',
    'managedNodeGroups: [{name: o, ami: ami-0123456789abcdef0, amiFamily: AmazonLinux2023}]',
  ],
  [
    'settings of Bottlerocket',
    'managedNodeGroups: [{name: b, amiFamily: Bottlerocket, bottlerocket: {settings: {motd: hello}}}]',
  ],
]

// What AWS refuses as well: releases and images that it has no more.
const REFUSED_BY_AWS: readonly [string, string, string, string][] = [
  ['a version of long ago', NG, '1.21', 'Kubernetes 1.21 is not known to be available on EKS'],
  [
    'Amazon Linux 2',
    'managedNodeGroups: [{name: a, amiFamily: AmazonLinux2}]',
    '1.34',
    'node group a: EKS has no AmazonLinux2 images from Kubernetes 1.33 on',
  ],
  [
    'a repair action that EKS does not have',
    'managedNodeGroups: [{name: a, nodeRepairConfig: {nodeRepairConfigOverrides: [{repairAction: Terminate}]}}]',
    '',
    'managedNodeGroups[0].nodeRepairConfig.nodeRepairConfigOverrides[0].repairAction: "Terminate" is not known',
  ],
]

const REFUSED_BY_US: readonly [string, string, string][] = [
  ['GitOps', 'gitops: {flux: {gitProvider: github}}', 'gitops is not supported yet'],
  [
    'a queue for Karpenter',
    'iam: {withOIDC: true}\nkarpenter: {version: 1.8.1, withSpotInterruptionQueue: true}',
    'karpenter.withSpotInterruptionQueue is not supported yet',
  ],
  ['local zones', 'localZones: [us-west-2-lax-1a]', 'localZones is not supported yet'],
  ['Outposts', 'outpost: {controlPlaneOutpostARN: "arn"}', 'outpost is not supported yet'],
]

describe('the plan of a config', () => {
  it.each(ACCEPTED)('with %s has no error', (_, fields) => {
    expect(errorsOf(fields)).toEqual([])
  })

  it.each(REFUSED_BY_AWS)('with %s is refused as by AWS', (_, fields, version, message) => {
    expect(errorsOf(fields, version)).toEqual([message])
  })

  it.each(REFUSED_BY_US)('with %s is refused by name', (_, fields, message) => {
    expect(errorsOf(fields)).toEqual([message])
  })
})
