import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { fakeCloud } from './testing/fake-cloud.ts'
import { needsOf } from './quotas.ts'

async function needs(more: Partial<ClusterConfig>): Promise<readonly string[]> {
  const { cloud } = await fakeCloud({})
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'c', region: 'eu-west-1' },
    ...more,
  }
  return needsOf(config, cloud).map(({ what, takes }) => `${takes} ${what}`)
}

describe('what a cluster takes of what AWS counts', () => {
  it('is a VPC with one address for its NAT gateway where the file names no subnets', async () => {
    expect(await needs({})).toEqual(['1 EKS clusters', '1 VPCs', '1 Elastic IPs'])
    const vpc = { nat: { gateway: 'HighlyAvailable' as const } }
    expect(await needs({ vpc, availabilityZones: ['a', 'b'] })).toContain('2 Elastic IPs')
    expect(await needs({ privateCluster: { enabled: true } })).toEqual(['1 EKS clusters', '1 VPCs'])
  })

  it('is no network where there is one', async () => {
    expect(await needs({ vpc: { subnets: { private: { a: { id: 'subnet-1' } } } } })).toEqual([
      '1 EKS clusters',
    ])
  })

  it('is the processors of On-Demand nodes, and the profiles', async () => {
    expect(
      await needs({
        vpc: { subnets: { private: { a: { id: 'subnet-1' } } } },
        managedNodeGroups: [
          { name: 'a', instanceType: 't3.xlarge', desiredCapacity: 3 },
          { name: 'b', instanceTypes: ['m5.2xlarge'], spot: true },
        ],
        nodeGroups: [{ name: 'c', instanceType: 'm5.large', minSize: 1 }],
        fargateProfiles: [{ name: 'fp' }],
      }),
    ).toEqual([
      '1 EKS clusters',
      '14 vCPUs of On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
      '1 Fargate profiles of a cluster',
    ])
  })
})
