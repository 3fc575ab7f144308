import { expect, it } from 'vitest'

import { instanceType } from '../rules/nodes/instance-types.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import { ec2Machine } from './machine-ec2.ts'

it('is named, labelled and sized as EKS does it', () => {
  const machine = ec2Machine({
    instanceId: 'i-0123456789abcdef0',
    privateIp: '10.0.0.5',
    zone: 'us-west-2a',
    zoneId: 'usw2-az1',
    region: 'us-west-2',
    type: instanceType('t4g.medium')!,
    diskGiB: 80,
    kubeletVersion: 'v1.34.2-eks-1',
    release: nodeRelease('BOTTLEROCKET_ARM_64', '1.34'),
    labels: { tier: 'web' },
  })
  const nodeName = 'ip-10-0-0-5.us-west-2.compute.internal'
  expect(machine).toMatchObject({ nodeName, hostname: nodeName, architecture: 'arm64', podIpIsNodeIp: false })
  expect(machine.providerId).toBe('aws:///us-west-2a/i-0123456789abcdef0')
  expect(machine.labels).toEqual({
    'beta.kubernetes.io/arch': 'arm64',
    'beta.kubernetes.io/instance-type': 't4g.medium',
    'beta.kubernetes.io/os': 'linux',
    'failure-domain.beta.kubernetes.io/region': 'us-west-2',
    'failure-domain.beta.kubernetes.io/zone': 'us-west-2a',
    'k8s.io/cloud-provider-aws': '5553ae84a0d29114870f67bbabd07d44',
    'kubernetes.io/arch': 'arm64',
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 't4g.medium',
    tier: 'web',
    'topology.k8s.aws/zone-id': 'usw2-az1',
    'topology.kubernetes.io/region': 'us-west-2',
    'topology.kubernetes.io/zone': 'us-west-2a',
  })
  expect(machine.capacity).toMatchObject({ cpu: '2', memory: '4Gi', pods: '17', 'ephemeral-storage': '80Gi' })
  expect(machine.allocatable).toMatchObject({ cpu: '1930m', memory: '3554Mi', pods: '17' })
  expect(machine.osImage).toBe('Bottlerocket OS 1.44.0 (aws-k8s-1.34)')
  expect(machine.containerRuntimeVersion).toBe('containerd://2.0.5+bottlerocket')
})

it('is on Amazon Linux unless its group says otherwise', () => {
  expect(nodeRelease('AL2023_x86_64_STANDARD', '1.34').osImage).toMatch(/^Amazon Linux 2023/)
  expect(nodeRelease('CUSTOM', '1.34').osImage).toMatch(/^Amazon Linux 2023/)
})

it('is a Windows node where its image is', () => {
  const machine = ec2Machine({
    instanceId: 'i-1',
    privateIp: '10.0.0.6',
    zone: 'us-west-2a',
    region: 'us-west-2',
    type: instanceType('m5.large')!,
    diskGiB: 50,
    kubeletVersion: 'v1.34.2-eks-1',
    release: nodeRelease('WINDOWS_CORE_2022_x86_64', '1.34'),
  })
  expect(machine).toMatchObject({ system: 'windows', osImage: 'Windows Server 2022 Datacenter' })
  expect(machine.labels).toMatchObject({
    'kubernetes.io/os': 'windows',
    'node.kubernetes.io/windows-build': '10.0.20348',
  })
  // One interface of ten addresses, the first its own.
  expect(machine.capacity['pods']).toBe('9')
})

it.each([
  ['UBUNTU_24.04_amd64', /^Ubuntu 24\.04/],
  ['UBUNTU_PRO_22.04_arm64', /^Ubuntu 22\.04/],
  ['AL2_x86_64', /^Amazon Linux 2$/],
])('of %s says so', (kind, shown) => {
  expect(nodeRelease(kind, '1.32').osImage).toMatch(shown)
})
