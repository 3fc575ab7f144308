import { describe, expect, it } from 'vitest'
import { privateDnsName } from '../../base/private-dns.ts'
import { fargateNode, isFargateNodeName } from './node.ts'

const instance = { short: 'b7af340c11', long: '9ec3eeb6643c4ea58b0285cefd83ef94' }

describe('fargateNode', () => {
  it('looks as kubectl describe shows one', () => {
    const size = { vcpu: 0.25, memoryGB: 0.5 }
    const request = {
      ip: '10.7.94.68',
      privateIp: '10.7.94.68',
      region: 'eu-central-1',
      zone: 'eu-central-1b',
      size,
      ephemeralGiB: 20,
      instance,
    }
    const node = fargateNode(request)
    expect(node.nodeName).toBe('fargate-ip-10-7-94-68.eu-central-1.compute.internal')
    expect(node.labels).toEqual({
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'eks.amazonaws.com/compute-type': 'fargate',
      'failure-domain.beta.kubernetes.io/region': 'eu-central-1',
      'failure-domain.beta.kubernetes.io/zone': 'eu-central-1b',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': 'ip-10-7-94-68.eu-central-1.compute.internal',
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/region': 'eu-central-1',
      'topology.kubernetes.io/zone': 'eu-central-1b',
    })
    expect(node.taints).toEqual([
      { key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' },
    ])
    expect(node.capacity).toMatchObject({ cpu: '2', memory: '4194304Ki', pods: '1' })
    expect(node.allocatable).toMatchObject({ cpu: '2', memory: '4091904Ki', pods: '1' })
  })

  it('has the names of us-east-1', () => {
    const size = { vcpu: 4, memoryGB: 8 }
    const request = {
      ip: '10.65.48.87',
      privateIp: '10.65.48.87',
      region: 'us-east-1',
      zone: 'us-east-1b',
      size,
      ephemeralGiB: 115,
      instance,
    }
    const node = fargateNode(request)
    expect(node.providerId).toBe(
      'aws:///us-east-1b/b7af340c11-9ec3eeb6643c4ea58b0285cefd83ef94/fargate-ip-10-65-48-87.ec2.internal',
    )
    expect(node.capacity).toMatchObject({ cpu: '4', memory: '8388608Ki', 'ephemeral-storage': '120586240Ki' })
  })

  it.each([
    ['10.0.1.23', 'eu-west-1', 'ip-10-0-1-23.eu-west-1.compute.internal'],
    ['10.65.48.87', 'us-east-1', 'ip-10-65-48-87.ec2.internal'],
  ])('%s in %s is %s', (ip, region, name) => {
    expect(privateDnsName(ip, region)).toBe(name)
    expect(isFargateNodeName(name)).toBe(false)
    expect(isFargateNodeName(`fargate-${name}`)).toBe(true)
  })
})
