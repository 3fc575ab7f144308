import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import type { IpFamily } from '../base/address-range.ts'
import type { Controller } from '../reconcile/controller.ts'
import { gitVersionOf } from '../kubernetes/server/version.ts'
import { imageIdOf, imageRelease } from '../rules/nodes/machine-images.ts'
import { instanceNodesController, type InstanceNodesOptions } from './instance-nodes.ts'
import { RecordingAgents, testEc2, type TestEc2 } from './testing/test-region-parts.ts'

const TAGS = { 'eks:cluster-name': 'workshop', 'eks:nodegroup-name': 'ng' }
const SELF_MANAGED = `apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster: {name: workshop}
  kubelet:
    config: {maxPods: 20}
    flags: ['--node-labels=tier=web', '--register-with-taints=dedicated=web:NoSchedule']
`
let world: TestEc2
let agents: RecordingAgents
let controller: Controller
let runs: boolean
/** Clusters that let the role of any instance in. */
let admitting: string[]
let mayStartNetwork: boolean
let family: IpFamily

beforeEach(async () => {
  world = await testEc2()
  agents = new RecordingAgents()
  runs = true
  admitting = ['workshop']
  mayStartNetwork = true
  const shape: ReturnType<InstanceNodesOptions['nodegroupShape']> = {
    clusterName: 'workshop',
    nodegroupName: 'ng',
    kubernetesVersion: '1.35',
    releaseVersion: '1.35.0-20260101',
    amiType: 'AL2023_x86_64_STANDARD',
    nodeRoleArn: 'arn:role',
    labels: { tier: 'web', 'eks.amazonaws.com/nodegroup': 'ng' },
    taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
  }
  family = 'IPv4'
  controller = instanceNodesController({
    ec2: world.ec2,
    region: world.region,
    cluster: (name) =>
      runs && name === 'workshop'
        ? { agents, api: { gitVersion: 'v1.36.0-eks-1', ipFamily: family } }
        : undefined,
    diskGiB: async () => 100,
    nodegroupShape: (cluster, group) => (cluster === 'workshop' && group === 'ng' ? shape : undefined),
    admits: async (cluster) => admitting.includes(cluster),
    mayStartNetwork: async () => mayStartNetwork,
  })
})

async function runningInstance(
  tags: Readonly<Record<string, string>> = TAGS,
  subnetId?: string,
  userData?: string,
): Promise<string> {
  const id = await world.launch(tags, subnetId, userData)
  await world.reconcile(id)
  expect(world.ec2.instances.get(id)?.state).toBe('running')
  return id
}

describe('instanceNodesController', () => {
  it('makes a running instance of a node group a node of its cluster', async () => {
    const id = await runningInstance()
    expect(await controller.reconcile(id)).toBeUndefined()
    const ip = world.ec2.instances.get(id)?.privateIp ?? ''
    const name = `ip-${ip.replaceAll('.', '-')}.${world.region}.compute.internal`
    expect(agents.nodeNames()).toEqual([name])
    expect(agents.machines.get(name)).toMatchObject({
      ip,
      providerId: `aws:///ap-southeast-1a/${id}`,
      labels: {
        tier: 'web',
        'node.kubernetes.io/instance-type': 't3.xlarge',
        'eks.amazonaws.com/nodegroup': 'ng',
      },
      taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
      kubeletVersion: gitVersionOf('1.35'),
      // 4 interfaces of 15 addresses each.
      capacity: { cpu: '4', pods: '58' },
    })
  })

  it('leaves a node without a network until its plugin has the rights to start', async () => {
    mayStartNetwork = false
    const id = await runningInstance()
    const isReady = (): boolean | undefined => [...agents.machines.values()][0]?.isNetworkReady?.()
    expect(await controller.reconcile(id)).toEqual({ requeueAfterMs: 5000 })
    expect(isReady()).toBe(false)
    mayStartNetwork = true
    expect(await controller.reconcile(id)).toBeUndefined()
    expect(isReady()).toBe(true)
    mayStartNetwork = false
    expect(await controller.reconcile(id)).toBeUndefined()
    expect(isReady()).toBe(true)
  })

  it.each([
    ['BOTTLEROCKET_x86_64_NVIDIA', '1'],
    ['AL2023_x86_64_NVIDIA', undefined],
  ])('offers GPUs where the image brings their plugin along: %s', async (amiType, count) => {
    const image = imageIdOf(amiType, '1.35', imageRelease(amiType, '1.35'))
    const id = await world.launch({ Name: 'gpu' }, undefined, SELF_MANAGED, {
      imageId: image,
      instanceType: 'g5.xlarge',
    })
    await world.reconcile(id)
    await controller.reconcile(id)
    expect([...agents.machines.values()].map(({ capacity }) => capacity['nvidia.com/gpu'])).toEqual([count])
  })

  it('makes an instance a node of the cluster that its user data names', async () => {
    const id = await runningInstance({ Name: 'web' }, undefined, SELF_MANAGED)
    expect(await controller.reconcile(id)).toBeUndefined()
    expect([...agents.machines.values()]).toMatchObject([
      {
        providerId: `aws:///ap-southeast-1a/${id}`,
        labels: { tier: 'web', 'node.kubernetes.io/instance-type': 't3.xlarge' },
        taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
        capacity: { pods: '20' },
      },
    ])
    await world.terminate(id)
    await controller.reconcile(id)
    expect(agents.nodeNames()).toEqual([])
  })

  it('silences the node of a stopped instance, and lets it come back as the same one', async () => {
    const id = await runningInstance()
    await controller.reconcile(id)
    const [name = ''] = agents.nodeNames()
    await world.call('StopInstances', { InstanceIds: [id] })
    await controller.reconcile(id)
    expect(agents.nodeNames()).toEqual([])
    await world.reconcile(id)
    expect(world.ec2.instances.get(id)?.state).toBe('stopped')
    await world.call('StartInstances', { InstanceIds: [id] })
    await controller.reconcile(id)
    expect(agents.nodeNames()).toEqual([])
    await world.reconcile(id)
    await controller.reconcile(id)
    expect(agents.course).toEqual([`add ${name}`, `suspend ${name}`, `add ${name}`])
    expect(agents.machines.get(name)?.bootId).toBe(`${id}-1`)
    await world.call('RebootInstances', { InstanceIds: [id] })
    await controller.reconcile(id)
    expect(agents.machines.get(name)?.bootId).toBe(`${id}-2`)
  })

  it('keeps an instance out, and looks again, while its role is not let in', async () => {
    admitting = []
    const id = await runningInstance({ Name: 'web' }, undefined, SELF_MANAGED)
    expect(await controller.reconcile(id)).toEqual({ requeueAfterMs: 2000 })
    expect(agents.course).toEqual([])
    admitting = ['workshop']
    expect(await controller.reconcile(id)).toBeUndefined()
    expect(agents.nodeNames()).toHaveLength(1)
  })

  it('waits for an instance to run', async () => {
    const id = await world.launch(TAGS)
    expect(await controller.reconcile(id)).toBeUndefined()
    expect(agents.course).toEqual([])
  })

  it('looks again soon while the cluster does not run', async () => {
    runs = false
    const id = await runningInstance()
    expect(await controller.reconcile(id)).toEqual({ requeueAfterMs: 250 })
    expect(agents.course).toEqual([])
  })

  it('takes the node away with its instance', async () => {
    const id = await runningInstance()
    await controller.reconcile(id)
    await world.terminate(id)
    await controller.reconcile(id)
    expect(agents.nodeNames()).toEqual([])
  })

  it('keeps the node when its name has passed to another instance', async () => {
    const former = await runningInstance()
    await world.terminate(former)
    await world.reconcile(former)
    const next = await runningInstance()
    expect(world.ec2.instances.get(next)?.privateIp).toBe(world.ec2.instances.get(former)?.privateIp)
    await controller.reconcile(next)
    const before = agents.nodeNames()
    await controller.reconcile(former)
    expect(agents.nodeNames()).toEqual(before)
    expect(before).toHaveLength(1)
  })

  it('takes the node away although an instance of another cluster has its address', async () => {
    const id = await runningInstance()
    await controller.reconcile(id)
    const others = { 'eks:cluster-name': 'other', 'eks:nodegroup-name': 'ng' }
    const namesake = await runningInstance(others, await world.twinSubnet())
    expect(world.ec2.instances.get(namesake)?.privateIp).toBe(world.ec2.instances.get(id)?.privateIp)
    await world.terminate(id)
    await controller.reconcile(id)
    expect(agents.nodeNames()).toEqual([])
  })

  it('leaves instances of nobody alone, and those that it does not know', async () => {
    const id = await runningInstance({ Name: 'bastion' })
    expect(await controller.reconcile(id)).toBeUndefined()
    expect(await controller.reconcile('i-0123456789abcdef0')).toBeUndefined()
    expect(agents.course).toEqual([])
  })

  it('is woken by each instance that is there, and by each change, until it ends', async () => {
    const present = await world.launch(TAGS)
    const woken: string[] = []
    const ends = controller.sources.map((source) => source.subscribe((key) => woken.push(key)))
    onTestFinished(() => ends.forEach((end) => end()))
    expect(woken).toEqual([present])
    const added = await world.launch(TAGS)
    expect(woken).toContain(added)
    woken.length = 0
    await world.reconcile(present)
    expect(woken).toContain(present)
    for (const end of ends) end()
    woken.length = 0
    await world.launch(TAGS)
    expect(woken).toEqual([])
  })

  it('knows a node of an IPv6 cluster by its IPv6 address, and lets one without wait', async () => {
    family = 'IPv6'
    const id = await runningInstance(TAGS, await world.subnet6())
    await controller.reconcile(id)
    const { interfaceId = '', privateDnsName = '' } = world.ec2.instances.get(id) ?? {}
    const [ip] = world.ec2.interfaces.get(interfaceId)?.ips6 ?? []
    expect(agents.machines.get(privateDnsName)).toMatchObject({ ip, hostname: privateDnsName })
    expect(await controller.reconcile(await runningInstance())).toEqual({ requeueAfterMs: 2000 })
    expect(agents.nodeNames()).toEqual([privateDnsName])
  })
})
