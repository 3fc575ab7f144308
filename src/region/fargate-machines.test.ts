import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import type { IpFamily } from '../base/address-range.ts'
import { sequentialIds } from '../base/ids.ts'
import type { ActiveFargateProfile } from '../controllers/fargate/ports.ts'
import type { FargateSize } from '../rules/fargate/size.ts'
import type { Table } from '../store/table.ts'
import {
  createFargateMachines,
  fargateMachineTable,
  type FargateMachineRecord,
  type FargateMachines,
} from './fargate-machines.ts'
import { RecordingAgents, testEc2, type TestEc2 } from './testing/test-region-parts.ts'

const size: FargateSize = { vcpu: 0.25, memoryGB: 1 }
const profile: ActiveFargateProfile = {
  name: 'fp',
  arn: 'arn:profile',
  selectors: [{ namespace: 'web' }],
  subnets: ['subnet-a', 'subnet-b'],
  podExecutionRoleArn: 'arn:role',
}

function pod(uid: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, namespace: 'web', uid, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
  }
}

let world: TestEc2
let records: Table<FargateMachineRecord, 'node'>
let agents: RecordingAgents
let machines: FargateMachines
/** Of the cluster. */
let family: IpFamily
/** Pods that were told to the meter. */
let ended: string[]

/** The machines over what is remembered, as after a start. */
function started(): FargateMachines {
  return createFargateMachines({
    clusterName: 'workshop',
    region: world.region,
    kubeletVersion: () => 'v1.35.0-eks-1',
    ipFamily: () => family,
    records,
    ec2: world.ec2,
    securityGroup: () => undefined,
    ids: sequentialIds(),
    agents,
    meter: { end: async (podUid) => void ended.push(podUid) },
  })
}

beforeEach(async () => {
  world = await testEc2()
  records = fargateMachineTable(world.store, 'machines')
  agents = new RecordingAgents()
  ended = []
  family = 'IPv4'
  machines = started()
})

function provision(uid: string, from = profile): Promise<{ nodeName: string; ip: string }> {
  return machines.provision({ pod: pod(uid), profile: from, size })
}

function interfaceOf(ip: string) {
  return world.ec2.interfaces.list().find(({ primaryIp }) => primaryIp === ip)
}

describe('provision', () => {
  it('makes an interface in a subnet of the profile, and a node named after its address', async () => {
    const { nodeName, ip } = await provision('pod-1')
    expect(nodeName).toBe(`fargate-ip-${ip.replaceAll('.', '-')}.${world.region}.compute.internal`)
    const eni = interfaceOf(ip)
    expect(profile.subnets).toContain(eni?.subnetId)
    expect(eni).toMatchObject({
      description: 'Fargate pod pod-1 of cluster workshop',
      requesterId: 'amazon-eks-fargate',
      zone: 'ap-southeast-1a',
    })
    expect(agents.machines.get(nodeName)).toMatchObject({
      ip,
      zone: 'ap-southeast-1a',
      kubeletVersion: 'v1.35.0-eks-1',
      podIpIsNodeIp: true,
    })
    expect(machines.list()).toEqual([{ nodeName, podUid: 'pod-1' }])
  })

  it('gives the same machine to the same pod, also to two who ask at once', async () => {
    const before = world.ec2.interfaces.list().length
    const [one, two] = await Promise.all([provision('pod-1'), provision('pod-1')])
    expect(two).toEqual(one)
    expect(await provision('pod-1')).toEqual(one)
    expect(world.ec2.interfaces.list()).toHaveLength(before + 1)
  })

  it('gives each pod a machine of its own, spread over the subnets', async () => {
    const made = []
    for (const uid of ['pod-1', 'pod-2', 'pod-3', 'pod-4']) made.push(await provision(uid))
    expect(new Set(made.map(({ nodeName }) => nodeName)).size).toBe(4)
    const used = Map.groupBy(made, ({ ip }) => interfaceOf(ip)?.subnetId)
    expect(profile.subnets.map((subnet) => used.get(subnet)?.length)).toEqual([2, 2])
  })

  it('spreads pods that come at once over the subnets', async () => {
    const made = await Promise.all(['pod-1', 'pod-2', 'pod-3', 'pod-4'].map((uid) => provision(uid)))
    const subnets = made.map(({ ip }) => interfaceOf(ip)?.subnetId ?? '')
    expect(subnets.toSorted()).toEqual(['subnet-a', 'subnet-a', 'subnet-b', 'subnet-b'])
  })

  it('counts what is there for the spread, after a restart and after releases', async () => {
    const only = (subnet: string) => ({ ...profile, subnets: [subnet] })
    const first = await provision('pod-1', only('subnet-a'))
    await provision('pod-2', only('subnet-a'))
    machines = started()
    const third = await provision('pod-3')
    expect(interfaceOf(third.ip)?.subnetId).toBe('subnet-b')
    await provision('pod-4', only('subnet-b'))
    await machines.release(first.nodeName)
    const fifth = await provision('pod-5')
    expect(interfaceOf(fifth.ip)?.subnetId).toBe('subnet-a')
  })

  it('fails as EC2 does, remembers nothing of it, and works when asked again', async () => {
    const elsewhere = { ...profile, subnets: ['subnet-gone'] }
    await expect(provision('pod-1', elsewhere)).rejects.toMatchObject({ code: 'InvalidSubnetID.NotFound' })
    expect(machines.list()).toEqual([])
    expect(await provision('pod-1')).toMatchObject({ nodeName: expect.stringContaining('fargate-ip-') })
  })

  it('gives node and pod the IPv6 address in a cluster of IPv6, and names the node after the other', async () => {
    family = 'IPv6'
    const { nodeName, ip } = await provision('pod-1', { ...profile, subnets: [await world.subnet6()] })
    const eni = world.ec2.interfaces.list().find(({ ips6 }) => ips6?.[0] === ip)
    expect(nodeName).toBe(
      `fargate-ip-${eni?.primaryIp.replaceAll('.', '-')}.${world.region}.compute.internal`,
    )
    machines = started()
    await machines.resume()
    expect(agents.machines.get(nodeName)).toMatchObject({ ip, nodeName })
    await expect(provision('pod-2')).rejects.toThrow('does not have an IPv6 CIDR block')
    expect(world.ec2.interfaces.list().filter(({ description }) => description.includes('pod-2'))).toEqual([])
  })
})

describe('release', () => {
  it('ends the node and gives its interface back', async () => {
    const { nodeName, ip } = await provision('pod-1')
    await machines.release(nodeName)
    expect(ended).toHaveLength(1)
    expect(agents.nodeNames()).toEqual([])
    expect(interfaceOf(ip)).toBeUndefined()
    expect(machines.list()).toEqual([])
  })

  it('does not mind a machine that is gone', async () => {
    const { nodeName } = await provision('pod-1')
    await machines.release(nodeName)
    await machines.release(nodeName)
    await machines.release('fargate-ip-10-9-9-9')
  })

  it('leaves the others alone', async () => {
    const first = await provision('pod-1')
    const second = await provision('pod-2')
    await machines.release(first.nodeName)
    expect(machines.list()).toEqual([{ nodeName: second.nodeName, podUid: 'pod-2' }])
    expect(interfaceOf(second.ip)).toBeDefined()
  })
})

describe('resume', () => {
  it('removes interfaces that a kill left without a record, and no others', async () => {
    const kept = await provision('pod-1')
    const lost = await provision('pod-2')
    await records.delete('pod-2')
    const stranger = await world.ec2.interfaces.create({
      subnetId: 'subnet-a',
      description: 'x',
      groupIds: [],
    })
    await started().resume()
    expect(interfaceOf(kept.ip)).toBeDefined()
    expect(interfaceOf(lost.ip)).toBeUndefined()
    expect(world.ec2.interfaces.get(stranger.id)).toBeDefined()
  })

  it('starts the agents of the machines from before, exactly as they were', async () => {
    const { nodeName } = await provision('pod-1')
    const before = agents.machines.get(nodeName)
    agents = new RecordingAgents()
    machines = started()
    await machines.resume()
    expect(agents.nodeNames()).toEqual([nodeName])
    expect(agents.machines.get(nodeName)).toEqual(before)
    expect(await provision('pod-1')).toMatchObject({ nodeName })
  })
})
