import { beforeEach, describe, expect, it } from 'vitest'

import { addressRange } from '../base/address-range.ts'
import { InternalError } from '../base/errors.ts'
import { privateDnsName } from '../base/private-dns.ts'
import type { PodAddresses } from '../node/ports.ts'
import { Table } from '../store/table.ts'
import { createPodAddresses, type PodAddressRecord } from './pod-addresses.ts'
import { testEc2, type TestEc2 } from './testing/test-region-parts.ts'

let world: TestEc2
let records: Table<PodAddressRecord>
let addresses: PodAddresses
let nodeName: string
let instanceId: string
let vpcId: string

beforeEach(async () => {
  world = await testEc2()
  records = new Table(world.store, 'addresses')
  instanceId = await world.launch({})
  vpcId = world.ec2.instances.get(instanceId)?.vpcId ?? ''
  addresses = createPodAddresses({ records, ec2: world.ec2, vpcId, family: 'IPv4' })
  nodeName = privateDnsName(world.ec2.instances.get(instanceId)?.privateIp ?? '', world.region)
})

function secondary(): readonly string[] {
  const eni = world.ec2.interfaces.list().find(({ attachment }) => attachment?.instanceId === instanceId)
  return eni?.secondaryIps ?? []
}

function podOn(node: string, podUid: string): Parameters<PodAddresses['assign']>[0] {
  return { nodeName: node, podUid, namespace: 'web', name: podUid }
}

describe('createPodAddresses', () => {
  it('takes a secondary address of the interface of the instance behind the node', async () => {
    const one = await addresses.assign(podOn(nodeName, 'pod-1'))
    const two = await addresses.assign(podOn(nodeName, 'pod-2'))
    expect(one).not.toBe(two)
    expect(secondary()).toEqual([one, two])
  })

  it('gives a pod the same address again, also after a restart', async () => {
    const ip = await addresses.assign(podOn(nodeName, 'pod-1'))
    const again = createPodAddresses({ records, ec2: world.ec2, vpcId, family: 'IPv4' })
    expect(await again.assign(podOn(nodeName, 'pod-1'))).toBe(ip)
    expect(secondary()).toEqual([ip])
  })

  it('gives an address back', async () => {
    await addresses.assign(podOn(nodeName, 'pod-1'))
    await addresses.release('pod-1')
    expect(secondary()).toEqual([])
    expect(records.list()).toEqual([])
    await addresses.release('pod-1')
  })

  it('takes addresses of the instance that runs now, not of one that had the address before', async () => {
    await world.terminate(instanceId)
    await world.reconcile(instanceId)
    const formerIp = world.ec2.instances.get(instanceId)?.privateIp
    const next = await world.launch({})
    expect(world.ec2.instances.get(next)?.privateIp).toBe(formerIp)
    await addresses.assign(podOn(nodeName, 'pod-1'))
    expect(records.list()).toMatchObject([{ instanceId: next }])
  })

  it('takes addresses of the instance in the VPC of the cluster, not of its namesake in another one', async () => {
    const namesakeId = await world.launch({}, await world.twinSubnet())
    const namesake = world.ec2.instances.get(namesakeId)
    expect(namesake?.privateDnsName).toBe(nodeName)
    const theirs = createPodAddresses({
      records: new Table(world.store, 'their-addresses'),
      ec2: world.ec2,
      vpcId: namesake?.vpcId ?? '',
      family: 'IPv4',
    })
    const ip = await theirs.assign(podOn(nodeName, 'pod-1'))
    expect(secondary()).toEqual([])
    // The same address, which is free in this VPC.
    expect(await addresses.assign(podOn(nodeName, 'pod-2'))).toBe(ip)
    await theirs.release('pod-1')
    expect(secondary()).toEqual([ip])
  })

  it('forgets the address of a pod whose instance is gone', async () => {
    await addresses.assign(podOn(nodeName, 'pod-1'))
    await world.terminate(instanceId)
    await world.reconcile(instanceId)
    await addresses.release('pod-1')
    expect(records.list()).toEqual([])
  })

  it('has none for a node without an instance', async () => {
    await expect(addresses.assign(podOn('ip-10-9-9-9.ec2.internal', 'pod-1'))).rejects.toThrow(InternalError)
  })

  it('takes addresses of a prefix of the interface in a cluster of IPv6, the lowest first', async () => {
    const subnetId = await world.subnet6()
    const id = await world.launch({}, subnetId)
    const node = world.ec2.instances.get(id)
    const six = (): PodAddresses =>
      createPodAddresses({ records, ec2: world.ec2, vpcId: node?.vpcId ?? '', family: 'IPv6' })
    const pod = (uid: string) => podOn(node?.privateDnsName ?? '', uid)
    addresses = six()
    const one = await addresses.assign(pod('pod-1'))
    const two = await addresses.assign(pod('pod-2'))
    const [prefix = ''] = world.ec2.interfaces.get(node?.interfaceId ?? '')?.prefixes6 ?? []
    expect([one, two]).toEqual([addressRange(prefix).at(0), addressRange(prefix).at(1)])
    await addresses.release('pod-1')
    // After a restart what others have is known.
    addresses = six()
    expect(await addresses.assign(pod('pod-3'))).toBe(one)
    expect(await addresses.assign(pod('pod-2'))).toBe(two)
  })
})
