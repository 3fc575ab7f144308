import { beforeEach, describe, expect, it } from 'vitest'

import { fixedResources } from '../kubernetes/client/served-resources.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { followPolicies } from '../controllers/podsecuritygroups/policies.ts'
import { Rehearsal } from '../controllers/testing/rehearsal.ts'
import { pods, serviceAccounts } from '../kubernetes/client/resources.ts'
import { securityGroupPolicies } from '../kubernetes/client/vpc-resources.ts'
import type { PodAddresses } from '../node/ports.ts'
import { createBranchInterfaces, type BranchInterfaces } from './branch-interfaces.ts'
import { withBranches } from './pod-branches.ts'
import { testEc2, type TestEc2 } from './testing/test-region-parts.ts'

const ENI = 'vpc.amazonaws.com/pod-eni'
const PLAIN: PodAddresses = { assign: async () => '10.9.9.9', release: async () => undefined }

let world: TestEc2
let branches: BranchInterfaces
let instanceId: string
let nodeName: string
let own: readonly string[]

beforeEach(async () => {
  world = await testEc2()
  instanceId = await world.launch({})
  const instance = world.ec2.instances.get(instanceId)
  nodeName = instance?.privateDnsName ?? ''
  own = world.ec2.interfaces.get(instance?.interfaceId ?? '')?.groupIds ?? []
  branches = branchesOf()
})

function branchesOf(): BranchInterfaces {
  const { vpcId = '' } = world.ec2.instances.get(instanceId) ?? {}
  return createBranchInterfaces({ ec2: world.ec2, clock: systemClock, ids: randomIds, vpcId, family: 'IPv4' })
}

function interfaces(type: string) {
  return world.ec2.interfaces.list().filter((each) => each.type === type)
}

describe('the interfaces of a node', () => {
  it('are one trunk, with the groups of the instance', async () => {
    await branches.ensure(nodeName)
    await branches.ensure(nodeName)
    expect(interfaces('trunk')).toMatchObject([
      { description: 'trunk-eni', groupIds: own, attachment: { instanceId, deviceIndex: 1 } },
    ])
  })

  it('are a branch a pod, with a number of its own each, found again after a restart', async () => {
    await branches.ensure(nodeName)
    const one = await branches.of({ podUid: 'a', nodeName }, [])
    const two = await branches.of({ podUid: 'b', nodeName }, [])
    expect([one.vlanId, two.vlanId]).toEqual([1, 2])
    expect(await branchesOf().of({ podUid: 'a', nodeName }, [])).toEqual(one)
    expect(await branchesOf().remove('a')).toBe(true)
    expect(await branchesOf().remove('a')).toBe(false)
    expect(interfaces('branch').map(({ id }) => id)).toEqual([two.eniId])
  })

  it('go with the instance', async () => {
    await branches.ensure(nodeName)
    await branches.of({ podUid: 'a', nodeName }, [])
    await world.terminate(instanceId)
    await world.reconcile(instanceId)
    expect([...interfaces('trunk'), ...interfaces('branch')]).toEqual([])
  })

  it('are none for a pod while there is no trunk', async () => {
    await expect(branches.of({ podUid: 'a', nodeName }, [])).rejects.toThrow(
      `trunk not found for node ${nodeName}`,
    )
  })
})

describe('the address of a pod', () => {
  /** What a pod gets, with the groups of a policy for its label. */
  async function give(resources: Record<string, string>, groupIds: readonly string[]) {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    const inShop = { namespace: 'shop' }
    await client.create(serviceAccounts, { metadata: { ...inShop, name: 'default' } })
    const podSelector = { matchLabels: { app: 'web' } }
    await client.create(securityGroupPolicies, {
      metadata: { ...inShop, name: 'p' },
      spec: { podSelector, securityGroups: { groupIds } },
    })
    const pod = await client.create(pods, {
      metadata: { ...inShop, name: 'web', labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i',
            resources: { requests: resources },
          },
        ],
      },
    })
    const groups = followPolicies(context, fixedResources([securityGroupPolicies]))
    for (const resource of [pods, serviceAccounts, securityGroupPolicies]) {
      const informer = context.informer(resource as typeof pods)
      await rehearsal.until('the informer is there', async () => informer.synced)
    }
    const addresses = withBranches(PLAIN, { context, client, groups, branches, family: 'IPv4' })
    const request = { nodeName, podUid: pod.metadata.uid, namespace: 'shop', name: 'web' }
    const ip = await addresses.assign(request)
    const again = await addresses.assign(request)
    await rehearsal.settle()
    const { annotations = {} } = (await client.get(pods, { ...inShop, name: 'web' })).metadata
    return {
      ip,
      again,
      told: await rehearsal.told(),
      annotation: annotations[ENI],
      addresses,
      uid: pod.metadata.uid,
    }
  }

  it('is that of its branch interface where it asks for one, and it is told', async () => {
    await branches.ensure(nodeName)
    const { ip, again, told, annotation = '', addresses, uid } = await give({ [ENI]: '1' }, own)
    expect(again).toBe(ip)
    expect(interfaces('branch')).toMatchObject([{ primaryIp: ip, groupIds: own, description: 'branch-eni' }])
    expect(JSON.parse(annotation)).toMatchObject([
      { privateIp: ip, vlanId: 1, eniId: interfaces('branch')[0]?.id },
    ])
    expect(told).toEqual(
      expect.arrayContaining([
        `SecurityGroupRequested: Pod will get the following Security Groups [${own.join(' ')}]`,
        `ResourceAllocated: Allocated ${annotation} to the pod`,
      ]),
    )
    await addresses.release(uid)
    expect(interfaces('branch')).toEqual([])
  })

  it('is one of its node where it asks for none', async () => {
    const { ip, annotation } = await give({ cpu: '1' }, own)
    expect({ ip, annotation }).toEqual({ ip: '10.9.9.9', annotation: undefined })
  })

  it('is not there while the node has no trunk', async () => {
    await expect(give({ [ENI]: '1' }, own)).rejects.toThrow('trunk not found')
  })
})
