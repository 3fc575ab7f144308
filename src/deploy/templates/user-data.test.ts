import { Buffer } from 'node:buffer'

import { describe, expect, it } from 'vitest'

import type { SelfManagedNodeGroup } from '../../config/cluster-config.ts'
import { readUserData } from '../../rules/nodes/user-data.ts'
import { managedUserData, joiningUserData } from './user-data.ts'

const cluster = {
  name: 'shop',
  endpoint: 'https://127.0.0.1:6443',
  certificateAuthorityData: 'Q0E=',
  serviceCidr: '10.100.0.0/16',
}
const labels = { tier: 'web', 'alpha.eksctl.io/nodegroup-name': 'ng' }
const group: SelfManagedNodeGroup = {
  name: 'ng',
  maxPodsPerNode: 20,
  taints: [
    { key: 'dedicated', value: 'web', effect: 'NoSchedule' },
    { key: 'spot', effect: 'PreferNoSchedule' },
  ],
}

function text(userData: string | undefined): string {
  return Buffer.from(userData ?? '', 'base64').toString()
}

describe('joiningUserData', () => {
  it.each([
    'AmazonLinux2023',
    'AmazonLinux2',
    'Bottlerocket',
    'Ubuntu2404',
    'WindowsServer2022CoreContainer',
  ])('tells a node of %s what it is', (amiFamily) => {
    expect(readUserData(joiningUserData({ ...group, amiFamily }, cluster, labels))).toEqual({
      cluster: 'shop',
      labels,
      taints: [
        { key: 'dedicated', value: 'web', effect: 'NoSchedule' },
        { key: 'spot', effect: 'PreferNoSchedule' },
      ],
      maxPods: 20,
      isBottlerocket: amiFamily === 'Bottlerocket',
      ...(amiFamily.startsWith('Windows') ? { isWindows: true } : {}),
    })
  })

  it.each([
    [{}, '10.100.0.10'],
    [{ clusterDNS: '169.254.20.10' }, '169.254.20.10'],
  ])('names the DNS server of %j', (more, address) => {
    expect(text(joiningUserData({ ...group, ...more }, cluster, labels))).toContain(address)
  })

  it('runs commands before, and one instead of, the bootstrap script', () => {
    const commands = { preBootstrapCommands: ['echo before'], overrideBootstrapCommand: 'echo instead' }
    const script = text(
      joiningUserData({ ...group, ...commands, amiFamily: 'AmazonLinux2' }, cluster, labels),
    )
    expect(script.indexOf('echo before')).toBeLessThan(script.indexOf('echo instead'))
    expect(script).not.toContain('/etc/eks/bootstrap.sh')
  })

  it('passes settings of Bottlerocket on, keys with dots quoted', () => {
    const bottlerocket = { enableAdminContainer: true, settings: { motd: 'hello', 'a.b': { c: [1, 2] } } }
    const toml = text(joiningUserData({ ...group, amiFamily: 'Bottlerocket', bottlerocket }, cluster, labels))
    expect(toml).toContain('[settings]\nmotd = "hello"\n')
    expect(toml).toContain('[settings."a.b"]\nc = [1,2]\n')
    expect(toml).toContain('[settings.host-containers.admin]\nenabled = true\n')
  })
})

describe('managedUserData', () => {
  it('is nothing unless the group asks for something', () => {
    expect(managedUserData({ name: 'ng' })).toBeUndefined()
  })

  it.each(['AmazonLinux2023', 'AmazonLinux2', 'Bottlerocket'])('limits the pods of %s', (amiFamily) => {
    const userData = managedUserData({ name: 'ng', amiFamily, maxPodsPerNode: 20 })
    expect(readUserData(userData ?? '')).toMatchObject({ cluster: undefined, maxPods: 20 })
  })

  it('runs the command of an Amazon Linux 2 group last, instead of what limits its pods', () => {
    const userData = managedUserData({
      name: 'ng',
      amiFamily: 'AmazonLinux2',
      maxPodsPerNode: 20,
      preBootstrapCommands: ['echo before'],
      overrideBootstrapCommand: 'echo instead',
    })
    expect(text(userData)).toMatch(/echo before\n[^]*echo instead\n/)
    expect(text(userData)).not.toContain('max-pods')
  })

  it('runs commands, and merges a NodeConfig of the file', () => {
    const override =
      'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {maxPods: 9}}}\n'
    const userData = managedUserData({
      name: 'ng',
      preBootstrapCommands: ['echo before'],
      overrideBootstrapCommand: override,
    })
    expect(text(userData)).toContain('#!/bin/bash\necho before\n')
    expect(readUserData(userData ?? '')).toMatchObject({ maxPods: 9 })
  })
})
