// Attachments from the pod that uses a volume to the one that comes after it, together with the attacher of EBS.
import { describe, expect, test } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import {
  csiDrivers,
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../kubernetes/client/resources.ts'
import { attachmentName } from '../../rules/kubernetes/csi.ts'
import { createCsiNodeController } from '../csinode/controller.ts'
import { createEbsAttacher } from '../ebs/attacher.ts'
import type { Ec2 } from '../ebs/provisioner.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, sampleNode, samplePod } from '../testing/samples.ts'
import { createAttachDetachController } from './controller.ts'

const inDefault = (name: string) => ({ namespace: 'default', name })

/** An EC2 with one volume, and what is attached as what. */
class FakeEc2 implements Ec2 {
  attached: { readonly InstanceId: string; readonly Device: string } | undefined
  readonly calls: string[] = []
  refusal: AwsError | undefined

  async call<Output>(_service: string, operation: string, input: object): Promise<Output> {
    this.calls.push(operation)
    // What the attacher reads of the answers.
    return this.#answer(operation, input as { InstanceId: string; Device: string }) as Output
  }

  #answer(operation: string, input: { InstanceId: string; Device: string }): object {
    if (operation === 'DescribeVolumes') {
      return { Volumes: [{ Attachments: this.attached ? [this.attached] : [] }] }
    }
    if (operation === 'DescribeInstances') {
      const BlockDeviceMappings = [{ DeviceName: '/dev/xvda' }, { DeviceName: '/dev/xvdaa' }]
      return { Reservations: [{ Instances: [{ BlockDeviceMappings }] }] }
    }
    if (this.refusal) throw this.refusal
    if (operation === 'AttachVolume') this.attached = { InstanceId: input.InstanceId, Device: input.Device }
    if (operation === 'DetachVolume') this.attached = undefined
    return {}
  }
}

const plugin = (node: string) =>
  samplePod(`ebs-csi-node-${node}`, {
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'ebs-plugin',
          image: 'r/eks/aws-ebs-csi-driver:v1',
          args: ['node', '--volume-attach-limit=3'],
        },
      ],
    },
    status: readyStatus(),
  })

const using = (name: string, nodeName: string) =>
  samplePod(name, {
    spec: { nodeName, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
  })

async function cluster(accessMode: 'ReadWriteOnce' | 'ReadWriteMany' = 'ReadWriteOnce') {
  const rehearsal = new Rehearsal()
  const { context, client } = rehearsal
  const ec2 = new FakeEc2()
  rehearsal.start(
    createCsiNodeController(context),
    createAttachDetachController(context),
    createEbsAttacher(context, ec2),
  )
  for (const name of ['a', 'b']) {
    const node = sampleNode(name, { labels: { 'topology.kubernetes.io/zone': 'z' } })
    client.seed(nodes, { ...node, spec: { ...node.spec, providerID: `aws:///z/i-${name}` } })
    client.seed(pods, plugin(name))
  }
  await client.create(persistentVolumes, {
    metadata: { name: 'pv' },
    spec: {
      accessModes: [accessMode],
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' },
      claimRef: { ...inDefault('c'), uid: 'u' },
    },
  })
  await client.create(persistentVolumeClaims, {
    metadata: { ...inDefault('c'), annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
    spec: { accessModes: [accessMode], volumeName: 'pv' },
  })
  const attachments = async () => (await client.list(volumeAttachments)).items
  const untilAttached = (node: string) =>
    rehearsal.until(`attached to ${node}`, async () =>
      (await attachments()).some(({ spec, status }) => spec.nodeName === node && status?.attached),
    )
  return { rehearsal, client, ec2, attachments, untilAttached }
}

describe('a volume', () => {
  test('is attached to the node of its pod, and detached when the pod has gone', async () => {
    const { rehearsal, client, ec2, attachments, untilAttached } = await cluster()
    await using _ = rehearsal
    await client.create(pods, using('p', 'a'))
    await untilAttached('a')
    expect(await attachments()).toMatchObject([
      {
        metadata: {
          name: attachmentName('vol-1', 'ebs.csi.aws.com', 'a'),
          finalizers: ['external-attacher/ebs-csi-aws-com'],
        },
        spec: { attacher: 'ebs.csi.aws.com', nodeName: 'a', source: { persistentVolumeName: 'pv' } },
        status: { attached: true, attachmentMetadata: { devicePath: '/dev/xvdab' } },
      },
    ])
    expect(ec2.attached).toEqual({ InstanceId: 'i-a', Device: '/dev/xvdab' })
    expect(await rehearsal.told()).toContain(
      'SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "pv" ',
    )
    await client.delete(pods, inDefault('p'), { gracePeriodSeconds: 0 })
    await rehearsal.until('detached', async () => (await attachments()).length === 0)
    expect(ec2.attached).toBeUndefined()
  })

  test('is found where it was attached before a kill', async () => {
    const { rehearsal, client, ec2, attachments, untilAttached } = await cluster()
    await using _ = rehearsal
    ec2.attached = { InstanceId: 'i-a', Device: '/dev/xvdba' }
    await client.create(pods, using('p', 'a'))
    await untilAttached('a')
    expect((await attachments())[0]?.status?.attachmentMetadata).toEqual({ devicePath: '/dev/xvdba' })
    expect(ec2.calls).not.toContain('AttachVolume')
  })

  test('waits for the pod on another node to go, and says so once', async () => {
    const { rehearsal, client, attachments, untilAttached } = await cluster()
    await using _ = rehearsal
    await client.create(pods, using('p', 'a'))
    await untilAttached('a')
    await client.create(pods, using('q', 'b'))
    await rehearsal.settle()
    const told = (await rehearsal.told()).filter((text) => text.includes('Multi-Attach'))
    expect(told).toEqual([
      'FailedAttachVolume: Multi-Attach error for volume "pv" Volume is already used by pod(s) p',
    ])
    expect(await attachments()).toHaveLength(1)
    await client.delete(pods, inDefault('p'), { gracePeriodSeconds: 0 })
    await untilAttached('b')
    expect(await attachments()).toHaveLength(1)
  })

  test('that many nodes may have is attached to each', async () => {
    const { rehearsal, client, attachments } = await cluster('ReadWriteMany')
    await using _ = rehearsal
    await client.create(pods, using('p', 'a'))
    await client.create(pods, using('q', 'b'))
    await rehearsal.until('both', async () => (await attachments()).length === 2)
  })

  test('is not attached where its driver says that it need not be', async () => {
    const { rehearsal, client, attachments } = await cluster()
    await using _ = rehearsal
    await client.create(csiDrivers, {
      metadata: { name: 'ebs.csi.aws.com' },
      spec: { attachRequired: false },
    })
    await client.create(pods, using('p', 'a'))
    await rehearsal.settle()
    expect(await attachments()).toEqual([])
  })
})

describe('what goes wrong', () => {
  test('is said in the words of EC2, and tried again', async () => {
    const { rehearsal, client, ec2, attachments, untilAttached } = await cluster()
    await using _ = rehearsal
    ec2.refusal = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.')
    await client.create(pods, using('p', 'a'))
    await rehearsal.until('refused', async () => (await rehearsal.told()).length > 0)
    expect(await rehearsal.told()).toEqual([
      'FailedAttachVolume: AttachVolume.Attach failed for volume "pv" : rpc error: code = Internal desc = Could not attach volume "vol-1" to node "i-a": could not attach volume "vol-1" to node "i-a": You are not authorized to perform this operation.',
    ])
    expect((await attachments())[0]?.status).toMatchObject({ attached: false, attachError: {} })
    ec2.refusal = undefined
    await untilAttached('a')
  })

  test('is said of a node without the driver', async () => {
    const { rehearsal, client } = await cluster()
    await using _ = rehearsal
    client.seed(nodes, sampleNode('c'))
    await client.create(pods, using('p', 'c'))
    await rehearsal.until('refused', async () => (await rehearsal.told()).length > 0)
    expect(await rehearsal.told()).toContain(
      'FailedAttachVolume: AttachVolume.Attach failed for volume "pv" : CSINode c does not contain driver ebs.csi.aws.com',
    )
  })
})

test('an attachment that somebody else has made stays', async () => {
  const { rehearsal, client } = await cluster()
  await using _ = rehearsal
  const spec = { attacher: 'other.example.com', nodeName: 'a', source: { persistentVolumeName: 'pv' } }
  await client.create(volumeAttachments, { metadata: { name: 'theirs' }, spec })
  await rehearsal.settle()
  expect((await client.list(volumeAttachments)).items.map(({ metadata }) => metadata.name)).toContain(
    'theirs',
  )
})

describe('a node', () => {
  test('tells of its drivers, of how many volumes it takes, and of its zone', async () => {
    const { rehearsal, client } = await cluster()
    await using _ = rehearsal
    const driversOf = async (name: string) => (await client.get(csiNodes, { name })).spec.drivers
    await rehearsal.until('registered', async () => (await client.list(csiNodes)).items.length === 2)
    expect(await driversOf('a')).toEqual([
      {
        name: 'ebs.csi.aws.com',
        nodeID: 'i-a',
        topologyKeys: ['kubernetes.io/os', 'topology.ebs.csi.aws.com/zone', 'topology.kubernetes.io/zone'],
        allocatable: { count: 3 },
      },
    ])
    await rehearsal.settle()
    const { metadata } = await client.get(nodes, { name: 'a' })
    expect(metadata.labels).toMatchObject({ 'topology.ebs.csi.aws.com/zone': 'z' })
    await client.delete(pods, inDefault('ebs-csi-node-a'), { gracePeriodSeconds: 0 })
    await rehearsal.until('unregistered', async () => (await driversOf('a')).length === 0)
  })
})
