// Claims and volumes from their first day to their last, with the scheduler where it has a word in it.
import { describe, expect, test } from 'vitest'

import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  Pod,
} from '../../../generated/kubernetes.d.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
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
import { createClaimController } from './claims.ts'
import { createEphemeralVolumeController } from './ephemeral.ts'
import { createProtectionControllers } from './protection.ts'
import { createVolumeController } from './volumes.ts'

const ZONE = 'topology.kubernetes.io/zone'

function volume(name: string, spec: PersistentVolumeSpec = {}): Draft<PersistentVolume> {
  return {
    metadata: { name, finalizers: ['kubernetes.io/pv-protection'] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '2Gi' },
      hostPath: { path: '/data' },
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
      ...spec,
    },
    status: { phase: 'Available' },
  }
}

function claim(name: string, spec: PersistentVolumeClaimSpec = {}): Draft<PersistentVolumeClaim> {
  return {
    metadata: { name, namespace: 'default', finalizers: ['kubernetes.io/pvc-protection'] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      volumeMode: 'Filesystem',
      ...spec,
    },
  }
}

const ofZone = (zone: string): PersistentVolumeSpec => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }],
    },
  },
})
const inDefault = (name: string) => ({ namespace: 'default', name })

async function cluster(): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const { context } = rehearsal
  rehearsal.start(
    createClaimController(context),
    createVolumeController(context),
    ...createProtectionControllers(context),
    createEphemeralVolumeController(context),
    createSchedulerController(context),
  )
  return rehearsal
}

async function phases(rehearsal: Rehearsal): Promise<Record<string, string | undefined>> {
  const { client } = rehearsal
  const { items: claims } = await client.list(persistentVolumeClaims)
  const { items: volumes } = await client.list(persistentVolumes)
  return Object.fromEntries(
    [...claims, ...volumes].map(({ metadata, status }) => [metadata.name, status?.phase]),
  )
}

async function storageClass(
  { client }: Rehearsal,
  name: string,
  more: { readonly provisioner?: string; readonly volumeBindingMode?: 'WaitForFirstConsumer' } = {},
): Promise<void> {
  await client.create(storageClasses, { metadata: { name }, provisioner: 'ebs.csi.aws.com', ...more })
}

const usingClaim = (name: string): Pod =>
  samplePod(name, {
    spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
  })

describe('a claim', () => {
  test('is bound to the smallest volume that suits it, and both say so', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await client.create(persistentVolumes, volume('large', { capacity: { storage: '9Gi' } }))
    await client.create(persistentVolumes, volume('small', { capacity: { storage: '500Mi' } }))
    await client.create(persistentVolumes, volume('right'))
    await client.create(persistentVolumes, volume('shared', { accessModes: ['ReadWriteMany'] }))
    await client.create(persistentVolumes, volume('classy', { storageClassName: 'x' }))
    await rehearsal.settle()
    await client.create(persistentVolumeClaims, claim('c'))
    await rehearsal.settle()
    expect(await phases(rehearsal)).toEqual({
      c: 'Bound',
      right: 'Bound',
      large: 'Available',
      small: 'Available',
      shared: 'Available',
      classy: 'Available',
    })
    const bound = await client.get(persistentVolumeClaims, inDefault('c'))
    expect(bound.spec?.volumeName).toBe('right')
    expect(bound.status).toMatchObject({ capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] })
    expect(bound.metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    })
    const taken = await client.get(persistentVolumes, { name: 'right' })
    expect(taken.spec?.claimRef).toMatchObject({ name: 'c', namespace: 'default', uid: bound.metadata.uid })
  })

  test('takes the volume that it names, or that is reserved for it, whatever else there is', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await client.create(persistentVolumes, volume('a'))
    await client.create(persistentVolumes, volume('b', { capacity: { storage: '9Gi' } }))
    await client.create(persistentVolumes, volume('reserved', { claimRef: inDefault('d') }))
    await client.create(persistentVolumeClaims, claim('c', { volumeName: 'b' }))
    await client.create(persistentVolumeClaims, claim('d'))
    await client.create(persistentVolumeClaims, claim('e', { volumeName: 'nowhere' }))
    await rehearsal.settle()
    const { items } = await client.list(persistentVolumeClaims)
    const outcome = items.map(({ metadata, spec, status }) => [
      metadata.name,
      `${spec?.volumeName} ${status?.phase}`,
    ])
    expect(Object.fromEntries(outcome)).toEqual({ c: 'b Bound', d: 'reserved Bound', e: 'nowhere Pending' })
    expect((await phases(rehearsal))['a']).toBe('Available')
  })

  test.each<[string, PersistentVolumeClaimSpec, string]>([
    [
      'without a class',
      {},
      'FailedBinding: no persistent volumes available for this claim and no storage class is set',
    ],
    [
      'of a class that is not there',
      { storageClassName: 'zzz' },
      'ProvisioningFailed: storageclass.storage.k8s.io "zzz" not found',
    ],
    [
      'of a class with a provisioner',
      { storageClassName: 'gp3' },
      "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    ],
    [
      'that waits for a pod',
      { storageClassName: 'late' },
      'WaitForFirstConsumer: waiting for first consumer to be created before binding',
    ],
  ])('%s says why it waits', async (_case, spec, told) => {
    await using rehearsal = await cluster()
    await storageClass(rehearsal, 'gp3')
    await storageClass(rehearsal, 'late', { volumeBindingMode: 'WaitForFirstConsumer' })
    await rehearsal.client.create(persistentVolumeClaims, claim('c', spec))
    await rehearsal.settle()
    expect(await rehearsal.told()).toContain(told)
    const waiting = await rehearsal.client.get(persistentVolumeClaims, inDefault('c'))
    expect(waiting.status?.phase).toBe('Pending')
    const asked = waiting.metadata.annotations?.['volume.kubernetes.io/storage-provisioner']
    expect(asked).toBe(spec.storageClassName === 'gp3' ? 'ebs.csi.aws.com' : undefined)
  })

  test('is lost with its volume', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await client.create(persistentVolumes, volume('a'))
    await client.create(persistentVolumeClaims, claim('c'))
    await rehearsal.settle()
    const bound = await client.get(persistentVolumes, { name: 'a' })
    await client.update(persistentVolumes, { ...bound, metadata: { ...bound.metadata, finalizers: [] } })
    await client.delete(persistentVolumes, { name: 'a' })
    await rehearsal.settle()
    expect((await phases(rehearsal))['c']).toBe('Lost')
    expect(await rehearsal.told()).toContain(
      'ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    )
  })
})

describe('a volume', () => {
  test.each<[PersistentVolumeSpec['persistentVolumeReclaimPolicy'], string, string | undefined]>([
    ['Retain', 'Released', undefined],
    [
      'Delete',
      'Failed',
      'VolumeFailedDelete: error getting deleter volume plugin for volume "a": no deletable volume plugin matched',
    ],
    ['Recycle', 'Failed', 'VolumeFailedRecycle: no recyclable volume plugin matched'],
  ])('with policy %s is %s when its claim has gone', async (persistentVolumeReclaimPolicy, phase, told) => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await client.create(
      persistentVolumes,
      volume('a', persistentVolumeReclaimPolicy ? { persistentVolumeReclaimPolicy } : {}),
    )
    await client.create(persistentVolumeClaims, claim('c'))
    await rehearsal.settle()
    await client.delete(persistentVolumeClaims, inDefault('c'))
    await rehearsal.settle()
    expect(await phases(rehearsal)).toEqual({ a: phase })
    if (told !== undefined) expect(await rehearsal.told()).toContain(told)
  })

  test('stays while it is bound, and a claim while a pod uses it', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    client.seed(nodes, sampleNode('n'))
    await client.create(persistentVolumes, volume('a'))
    await client.create(persistentVolumeClaims, claim('c'))
    await rehearsal.settle()
    await client.create(pods, usingClaim('p'))
    await rehearsal.settle()
    await client.delete(persistentVolumes, { name: 'a' })
    await client.delete(persistentVolumeClaims, inDefault('c'))
    await rehearsal.settle()
    expect(await phases(rehearsal)).toEqual({ a: 'Bound', c: 'Bound' })
    await client.delete(pods, inDefault('p'), { gracePeriodSeconds: 0 })
    await rehearsal.until('all gone', async () => Object.keys(await phases(rehearsal)).length === 0)
  })
})

describe('the scheduler', () => {
  test('binds a pod only when its claims are, and where their volumes are', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    for (const zone of ['a', 'b']) client.seed(nodes, sampleNode(`n-${zone}`, { labels: { [ZONE]: zone } }))
    await client.create(persistentVolumeClaims, claim('c'))
    await client.create(pods, usingClaim('p'))
    await rehearsal.settle()
    expect((await rehearsal.told()).join()).toContain('pod has unbound immediate PersistentVolumeClaims')
    await client.create(persistentVolumes, volume('v', ofZone('b')))
    await rehearsal.until('bound', async () => {
      const { spec } = await client.get(pods, inDefault('p'))
      return spec.nodeName === 'n-b'
    })
  })

  test('chooses the node for a claim that waits, and binds the pod when the volume is there', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await storageClass(rehearsal, 'late', { volumeBindingMode: 'WaitForFirstConsumer' })
    for (const zone of ['a', 'b']) client.seed(nodes, sampleNode(`n-${zone}`, { labels: { [ZONE]: zone } }))
    await client.create(persistentVolumeClaims, claim('c', { storageClassName: 'late' }))
    await client.create(pods, usingClaim('p'))
    await rehearsal.settle()
    const asking = await client.get(persistentVolumeClaims, inDefault('c'))
    const selected = asking.metadata.annotations?.['volume.kubernetes.io/selected-node'] ?? ''
    expect(selected).toMatch(/^n-[ab]$/)
    expect(asking.metadata.annotations?.['volume.kubernetes.io/storage-provisioner']).toBe('ebs.csi.aws.com')
    const waiting = await client.get(pods, inDefault('p'))
    expect([waiting.spec.nodeName, waiting.status?.nominatedNodeName]).toEqual([undefined, selected])
    // What a provisioner does.
    const made = ofZone(selected.slice(2))
    const reserved = { ...inDefault('c'), uid: asking.metadata.uid }
    await client.create(
      persistentVolumes,
      volume('pvc-1', { ...made, storageClassName: 'late', claimRef: reserved }),
    )
    await rehearsal.until('bound', async () => {
      const { spec } = await client.get(pods, inDefault('p'))
      return spec.nodeName === selected
    })
  })

  test('takes a volume that is there for a claim that waits, where the pod fits', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await storageClass(rehearsal, 'local', {
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    })
    for (const zone of ['a', 'b']) client.seed(nodes, sampleNode(`n-${zone}`, { labels: { [ZONE]: zone } }))
    await client.create(persistentVolumeClaims, claim('c', { storageClassName: 'local' }))
    await client.create(pods, usingClaim('p'))
    await rehearsal.settle()
    expect((await rehearsal.told()).join()).toContain(
      "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
    )
    await client.create(persistentVolumes, volume('v', { ...ofZone('b'), storageClassName: 'local' }))
    await rehearsal.until('bound', async () => {
      const { spec } = await client.get(pods, inDefault('p'))
      return spec.nodeName === 'n-b'
    })
    expect(await phases(rehearsal)).toEqual({ c: 'Bound', v: 'Bound' })
  })
})

test('a pod with an ephemeral volume has a claim of its own', async () => {
  await using rehearsal = await cluster()
  const { client } = rehearsal
  const { spec } = claim('')
  const template = { metadata: { labels: { a: 'b' } }, spec: spec ?? {} }
  client.seed(nodes, sampleNode('n'))
  await client.create(persistentVolumes, volume('v'))
  await client.create(
    pods,
    samplePod('p', { spec: { volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: template } }] } }),
  )
  await rehearsal.until('bound', async () => {
    const pod = await client.get(pods, inDefault('p'))
    return pod.spec.nodeName === 'n'
  })
  const made = await client.get(persistentVolumeClaims, inDefault('p-e'))
  expect(made.metadata.labels).toEqual({ a: 'b' })
  expect(made.metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name: 'p', controller: true }])
})
