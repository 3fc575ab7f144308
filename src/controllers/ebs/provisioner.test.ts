// Volumes of EBS from the claim to their end, together with the binder and the scheduler.
import { describe, expect, test } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import {
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../kubernetes/client/resources.ts'
import { createSchedulerController } from '../scheduler/controller.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleNode, samplePod } from '../testing/samples.ts'
import { createClaimController } from '../volume/claims.ts'
import { createProtectionControllers } from '../volume/protection.ts'
import { createVolumeController } from '../volume/volumes.ts'
import { createEbsProvisioner, type Ec2 } from './provisioner.ts'
import { createEbsResizer } from './resizer.ts'

interface Call {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

/** An EC2 that makes and removes what it is asked for, or refuses it. */
class FakeEc2 implements Ec2 {
  readonly calls: Call[] = []
  refusal: AwsError | undefined

  async call<Output>(_service: string, operation: string, input: object): Promise<Output> {
    this.calls.push({ operation, input: { ...input } })
    if (this.refusal) throw this.refusal
    // What the provisioner reads of the answer.
    return { VolumeId: `vol-${this.calls.length}` } as Output
  }
}

const inDefault = (name: string) => ({ namespace: 'default', name })
const zoneLabels = (zone: string) => ({ labels: { 'topology.kubernetes.io/zone': zone } })

async function cluster(): Promise<{ rehearsal: Rehearsal; ec2: FakeEc2 }> {
  const rehearsal = new Rehearsal()
  const { context, client } = rehearsal
  const ec2 = new FakeEc2()
  rehearsal.start(
    createClaimController(context),
    createVolumeController(context),
    ...createProtectionControllers(context),
    createSchedulerController(context),
    ...createEbsProvisioner(context, { aws: ec2, podName: 'ebs-csi-controller-1' }),
    createEbsResizer(context, ec2),
  )
  await client.create(storageClasses, {
    metadata: { name: 'gp3' },
    provisioner: 'ebs.csi.aws.com',
    parameters: { type: 'gp3', encrypted: 'true', iops: '4000' },
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  await client.create(storageClasses, { metadata: { name: 'now' }, provisioner: 'kubernetes.io/aws-ebs' })
  return { rehearsal, ec2 }
}

async function claim(
  { client }: Rehearsal,
  storageClassName: string,
  accessModes: ('ReadWriteOnce' | 'ReadWriteMany')[] = ['ReadWriteOnce'],
): Promise<void> {
  await client.create(persistentVolumeClaims, {
    metadata: { ...inDefault('c'), uid: 'u' },
    spec: {
      accessModes,
      storageClassName,
      resources: { requests: { storage: '1500Mi' } },
      volumeMode: 'Filesystem',
    },
  })
}

const usingClaim = samplePod('p', {
  spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
})

describe('the EBS provisioner', () => {
  test.each([
    [
      { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
      'ProvisioningFailed: failed to provision volume with StorageClass "now": error getting handle for DataSource Type VolumeSnapshot by Name s: Neargate does not emulate snapshots of EBS volumes',
    ],
    [
      { kind: 'PersistentVolumeClaim', name: 'o' },
      'ProvisioningFailed: failed to provision volume with StorageClass "now": error getting handle for DataSource Type PersistentVolumeClaim by Name o: Neargate does not emulate clones of EBS volumes',
    ],
    [
      { apiGroup: 'a.b', kind: 'Backup', name: 'b' },
      'Provisioning: Assuming an external populator will provision the volume',
    ],
  ])('makes no empty volume in place of %j', async (dataSourceRef, said) => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    await rehearsal.client.create(persistentVolumeClaims, {
      metadata: inDefault('c'),
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'now',
        resources: { requests: { storage: '1Gi' } },
        dataSourceRef,
      },
    })
    await rehearsal.until('told', async () => (await rehearsal.told()).includes(said))
    expect(ec2.calls).toEqual([])
  })

  test('makes a volume in the zone of the node of the first pod, and removes it with the claim', async () => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    const { client } = rehearsal
    client.seed(nodes, sampleNode('full', { ...zoneLabels('a'), allocatable: { pods: '0' } }))
    client.seed(nodes, sampleNode('free', zoneLabels('b')))
    await claim(rehearsal, 'gp3')
    await rehearsal.settle()
    expect(ec2.calls).toEqual([])
    await client.create(pods, usingClaim)
    await rehearsal.until('bound', async () => {
      const { spec } = await client.get(pods, inDefault('p'))
      return spec.nodeName === 'free'
    })
    const { uid } = (await client.get(persistentVolumeClaims, inDefault('c'))).metadata
    expect(ec2.calls).toMatchObject([
      {
        operation: 'CreateVolume',
        input: {
          AvailabilityZone: 'b',
          Size: 2,
          VolumeType: 'gp3',
          Iops: 4000,
          Encrypted: true,
          ClientToken: `pvc-${uid}`,
        },
      },
    ])
    const volume = await client.get(persistentVolumes, { name: `pvc-${uid}` })
    expect(volume.spec).toMatchObject({
      capacity: { storage: '2Gi' },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1', fsType: 'ext4' },
      persistentVolumeReclaimPolicy: 'Delete',
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['b'] }] },
          ],
        },
      },
    })
    const told = await rehearsal.told()
    expect(told).toContain('Provisioning: External provisioner is provisioning volume for claim "default/c"')
    expect(told).toContain(`ProvisioningSucceeded: Successfully provisioned volume pvc-${uid}`)
    await client.delete(pods, inDefault('p'), { gracePeriodSeconds: 0 })
    await client.delete(persistentVolumeClaims, inDefault('c'))
    await rehearsal.until('removed', async () => (await client.list(persistentVolumes)).items.length === 0)
    expect(ec2.calls.at(-1)).toEqual({ operation: 'DeleteVolume', input: { VolumeId: 'vol-1' } })
  })

  test('works at once where the class says so, for the in-tree name too', async () => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    rehearsal.client.seed(nodes, sampleNode('n', zoneLabels('a')))
    await claim(rehearsal, 'now')
    await rehearsal.until('bound', async () => {
      const { status } = await rehearsal.client.get(persistentVolumeClaims, inDefault('c'))
      return status?.phase === 'Bound'
    })
    expect(ec2.calls).toMatchObject([{ input: { AvailabilityZone: 'a', VolumeType: 'gp3' } }])
  })

  test('says what EBS cannot be, and what EC2 says', async () => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    rehearsal.client.seed(nodes, sampleNode('n', zoneLabels('a')))
    await claim(rehearsal, 'now', ['ReadWriteMany'])
    await rehearsal.settle()
    expect(ec2.calls).toEqual([])
    expect(await rehearsal.told()).toContain(
      'ProvisioningFailed: failed to provision volume with StorageClass "now": rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported.',
    )
  })

  test('goes on trying what EC2 refuses, and says why', async () => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    ec2.refusal = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.')
    rehearsal.client.seed(nodes, sampleNode('n', zoneLabels('a')))
    await claim(rehearsal, 'now')
    await rehearsal.until('refused', async () =>
      (await rehearsal.told()).join().includes('ProvisioningFailed'),
    )
    expect((await rehearsal.told()).join()).toContain('could not create volume in EC2: ')
    ec2.refusal = undefined
    await rehearsal.until('bound', async () => {
      const { status } = await rehearsal.client.get(persistentVolumeClaims, inDefault('c'))
      return status?.phase === 'Bound'
    })
  })

  test('lets the scheduler choose again when the node has gone', async () => {
    const { rehearsal, ec2 } = await cluster()
    await using _ = rehearsal
    const { client } = rehearsal
    await client.create(persistentVolumeClaims, {
      metadata: {
        ...inDefault('c'),
        annotations: { 'volume.kubernetes.io/selected-node': 'gone' },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'gp3',
        resources: { requests: { storage: '1Gi' } },
      },
    })
    await rehearsal.settle()
    const waiting = await client.get(persistentVolumeClaims, inDefault('c'))
    expect(waiting.metadata.annotations).not.toHaveProperty('volume.kubernetes.io/selected-node')
    expect(ec2.calls).toEqual([])
  })
})

describe('a claim that grows', () => {
  async function bound(): Promise<{ rehearsal: Rehearsal; ec2: FakeEc2 }> {
    const made = await cluster()
    const { client } = made.rehearsal
    client.seed(nodes, sampleNode('n', zoneLabels('a')))
    await claim(made.rehearsal, 'now')
    await made.rehearsal.until('bound', async () => {
      const { status } = await client.get(persistentVolumeClaims, inDefault('c'))
      return status?.capacity?.['storage'] === '2Gi'
    })
    return made
  }

  const grow = ({ client }: Rehearsal, storage: string) =>
    client.patch(
      persistentVolumeClaims,
      inDefault('c'),
      { spec: { resources: { requests: { storage } } } },
      { type: 'merge' },
    )

  test('has a larger volume at once, and a larger file system once a pod runs', async () => {
    const { rehearsal, ec2 } = await bound()
    await using _ = rehearsal
    const { client } = rehearsal
    await grow(rehearsal, '4500Mi')
    const status = async () => (await client.get(persistentVolumeClaims, inDefault('c'))).status
    await rehearsal.until('asking the node', async () => {
      return (await status())?.allocatedResourceStatuses?.['storage'] === 'NodeResizePending'
    })
    expect(ec2.calls.at(-1)).toEqual({ operation: 'ModifyVolume', input: { VolumeId: 'vol-1', Size: 5 } })
    expect(await status()).toMatchObject({
      capacity: { storage: '2Gi' },
      allocatedResources: { storage: '4500Mi' },
      conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
    })
    await client.create(pods, { ...usingClaim, spec: { ...usingClaim.spec, nodeName: 'n' } })
    await client.patch(
      pods,
      inDefault('p'),
      { status: { phase: 'Running' } },
      { type: 'merge', subresource: 'status' },
    )
    await rehearsal.until('grown', async () => (await status())?.capacity?.['storage'] === '5Gi')
    expect(await status()).not.toHaveProperty('conditions')
    expect(await status()).not.toHaveProperty('allocatedResourceStatuses')
    const told = (await rehearsal.told()).join('\n')
    for (const text of [
      'Resizing: External resizer is resizing volume pvc-',
      'FileSystemResizeRequired: Require file system resize of volume on node',
      'FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "pvc-',
    ]) {
      expect(told).toContain(text)
    }
  })

  test('says what EC2 says, and goes on trying', async () => {
    const { rehearsal, ec2 } = await bound()
    await using _ = rehearsal
    ec2.refusal = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.')
    await grow(rehearsal, '4Gi')
    await rehearsal.until('refused', async () =>
      (await rehearsal.told()).join().includes('VolumeResizeFailed'),
    )
    ec2.refusal = undefined
    await rehearsal.until('grown', async () => {
      const [volume] = (await rehearsal.client.list(persistentVolumes)).items
      return volume?.spec?.capacity?.['storage'] === '4Gi'
    })
  })
})
