import { describe, expect, it } from 'vitest'

import type { ManagedNodeGroup } from './cluster-config.ts'
import { commonFaults, managedFaults, selfManagedFaults } from './node-group-rules.ts'

describe('commonFaults', () => {
  it.each<[object, string | undefined]>([
    [{ minSize: 1, desiredCapacity: 2, maxSize: 3 }, undefined],
    [{ minSize: 3, desiredCapacity: 2 }, 'desiredCapacity 2 is below minSize 3'],
    [{ desiredCapacity: 4, maxSize: 3 }, 'desiredCapacity 4 is above maxSize 3'],
    [{ minSize: 4, maxSize: 3 }, 'minSize 4 is above maxSize 3'],
    [
      { ssh: { publicKey: 'mine' } },
      'publicKey is not in OpenSSH public key format, e.g. "ssh-ed25519 AAAA…"',
    ],
    [{ ami: 'ami-1' }, 'when using a custom AMI, amiFamily needs to be explicitly set'],
    [
      { ami: 'ami-1', amiFamily: 'Ubuntu2204' },
      'overrideBootstrapCommand is required when using a custom AMI based on Ubuntu2204',
    ],
    [{ ami: 'ami-1', amiFamily: 'AmazonLinux2023' }, undefined],
    [
      { bottlerocket: { enableAdminContainer: true } },
      'bottlerocket can be set for amiFamily Bottlerocket only, not AmazonLinux2023',
    ],
    [
      { amiFamily: 'Bottlerocket', preBootstrapCommands: ['a'] },
      'preBootstrapCommands is not supported for Bottlerocket nodegroups',
    ],
    [
      { amiFamily: 'Ubuntu2404', instanceType: 'inf2.xlarge' },
      'Ubuntu2404 images have no drivers for inf2.xlarge',
    ],
    // Its images with drivers are of x86_64 alone.
    [
      { amiFamily: 'AmazonLinux2', instanceType: 'g5g.xlarge' },
      'AmazonLinux2 images have no drivers for g5g.xlarge',
    ],
    [{ amiFamily: 'AmazonLinux2', instanceType: 'g5.xlarge' }, undefined],
    [{ amiFamily: 'AmazonLinux2', instanceType: 'm7g.large' }, undefined],
    [
      {
        amiFamily: 'AmazonLinux2',
        instanceType: 'g5g.xlarge',
        ami: 'ami-1',
        overrideBootstrapCommand: '/etc/eks/bootstrap.sh shop',
      },
      undefined,
    ],
    [{ efaEnabled: true, instanceType: 'p4d.24xlarge' }, undefined],
    [
      { efaEnabled: true, instanceType: 'p4d.24xlarge', subnets: ['a', 'b'] },
      'efaEnabled nodegroups must have only one subnet or one availability zone',
    ],
    [
      { instanceMarketOptions: { marketType: 'capacity-block' } },
      'instanceMarketOptions cannot be set without capacityReservation',
    ],
    [{ ssh: { enableSsm: false } }, 'SSM agent is now built into EKS AMIs and cannot be disabled'],
  ])('of %j', (sizes, message) => {
    expect(commonFaults({ name: 'a', ...sizes }).map((fault) => fault.message)).toEqual(
      message === undefined ? [] : [message],
    )
  })
})

describe('managedFaults', () => {
  it.each<[Partial<ManagedNodeGroup>, readonly string[]]>([
    [{}, []],
    [{ updateConfig: { maxUnavailable: 2 } }, []],
    [{ updateConfig: {} }, ['updateConfig needs one of maxUnavailable and maxUnavailablePercentage']],
    [
      { updateConfig: { maxUnavailable: 1, maxUnavailablePercentage: 50 } },
      ['updateConfig needs one of maxUnavailable and maxUnavailablePercentage'],
    ],
    [
      { maxSize: 3, updateConfig: { maxUnavailable: 4 } },
      ['maxUnavailable=4 cannot be greater than maxSize=3'],
    ],
    [
      { instanceType: 'm5.large', instanceTypes: ['m5.large'] },
      ['only one of instanceType and instanceTypes can be set'],
    ],
    [{ launchTemplate: { id: 'lt-1', version: '3' }, labels: { a: 'b' } }, []],
    [{ ami: 'auto', amiFamily: 'AmazonLinux2023' }, ['"auto" is not an image id such as ami-0a1b2c3d']],
    [
      { ami: 'ami-1', amiFamily: 'AmazonLinux2023', releaseVersion: '1' },
      ['releaseVersion is not supported when using a custom AMI'],
    ],
    [
      { ami: 'ami-1', amiFamily: 'AmazonLinux2023', ssh: { enableSsm: true } },
      ['enableSSM is not supported when using a custom AMI'],
    ],
    [
      { launchTemplate: { id: 'lt-1' }, ssh: { enableSsm: true } },
      ['cannot set ssh when a launch template is supplied'],
    ],
    [{ ssh: { enableSsm: true } }, []],
    [
      { ami: 'ami-1', amiFamily: 'WindowsServer2022CoreContainer' },
      ['cannot set amiFamily to WindowsServer2022CoreContainer when using a custom AMI for managed nodes'],
    ],
    [
      { launchTemplate: { id: 'lt-1', version: '$Latest' } },
      ['launchTemplate.version must be a number from 1 on'],
    ],
    [
      { launchTemplate: { id: 'lt-1' }, instanceType: 'm5.large', volumeSize: 20 },
      [
        'cannot set instanceType when a launch template is supplied',
        'cannot set volumeSize when a launch template is supplied',
      ],
    ],
  ])('of %j', (group, messages) => {
    expect(managedFaults({ name: 'a', ...group }).map(({ message }) => message)).toEqual(messages)
  })
})

describe('selfManagedFaults', () => {
  const profile = { instanceProfileARN: 'arn:aws:iam::1:instance-profile/nodes' }
  it.each([
    [{ iam: profile }, ['iam.instanceProfileARN needs iam.instanceRoleARN, the role that is in it']],
    [{ iam: { ...profile, instanceRoleARN: 'arn:aws:iam::1:role/nodes' } }, []],
    [
      { amiFamily: 'Bottlerocket', kubeletExtraConfig: { maxPods: 20 } },
      ['kubeletExtraConfig is not supported for Bottlerocket nodegroups'],
    ],
  ])('of %j', (group, messages) => {
    expect(selfManagedFaults({ name: 'a', ...group }).map(({ message }) => message)).toEqual(messages)
  })
})
