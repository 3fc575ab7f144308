import { describe, expect, it } from 'vitest'

import type { PersistentVolumeClaim, Volume } from '../../generated/kubernetes.d.ts'
import type { HostPathKind } from '../rules/nodes/host-paths.ts'
import { createNodeFiles } from './node-files.ts'
import { sampleContainer, samplePod } from './testing/sample-pod.ts'
import { mountFaults, mountRetryMs, type VolumeSources } from './volumes.ts'

type HostPathType = '' | 'DirectoryOrCreate' | 'FileOrCreate' | HostPathKind

const metadata = { name: 'there', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' }

const claim = (change: Partial<PersistentVolumeClaim>): PersistentVolumeClaim => ({
  spec: {},
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata,
  ...change,
})
const claims: Readonly<Record<string, PersistentVolumeClaim>> = {
  bound: claim({ spec: { volumeName: 'pv' }, status: { phase: 'Bound' } }),
  pending: claim({ status: { phase: 'Pending' } }),
  going: claim({ metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
}
const unprocessed = (name: string, cause: string): string =>
  `FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC shop/${name}: ${cause}`

function sources(): VolumeSources {
  const files = createNodeFiles()
  return {
    configMap: async (name) =>
      name === 'there'
        ? {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata,
            data: { colour: 'blue' },
            binaryData: { logo: 'AA==' },
          }
        : undefined,
    secret: async (name) =>
      name === 'there' ? { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: 'AA==' } } : undefined,
    claim: async (name) => claims[name],
    isAttached: async () => true,
    hasServiceAccount: async (name) => name === 'default',
    hostPath: (path, create) => files.at(path, create),
  }
}

async function faultsOf(volume: Omit<Volume, 'name'>): Promise<string[]> {
  const container = sampleContainer('web', { volumeMounts: [{ name: 'v', mountPath: '/v' }] })
  const pod = samplePod({ spec: { containers: [container], volumes: [{ name: 'v', ...volume }] } })
  const faults = await mountFaults(pod, sources())
  return faults.map(({ reason, message }) => `${reason}: ${message}`)
}

const setUp = (text: string): string => `FailedMount: MountVolume.SetUp failed for volume "v" : ${text}`
const item = (key: string) => [{ key, path: key }]

describe('a volume', () => {
  it.each<[string, Omit<Volume, 'name'>, string | undefined]>([
    ['emptyDir', { emptyDir: {} }, undefined],
    ['of an NFS server, which nobody can look at', { nfs: { server: 'fs-1', path: '/' } }, undefined],
    ['of a ConfigMap that is there', { configMap: { name: 'there' } }, undefined],
    ['of one that is not', { configMap: { name: 'absent' } }, setUp('configmap "absent" not found')],
    ['of one that may be absent', { configMap: { name: 'absent', optional: true } }, undefined],
    ['of its keys', { configMap: { name: 'there', items: [...item('colour'), ...item('logo')] } }, undefined],
    [
      'of a key that it has not',
      { configMap: { name: 'there', items: item('constructor') } },
      setUp('configmap references non-existent config key: constructor'),
    ],
    [
      'of a key that it may not have',
      { configMap: { name: 'there', items: item('size'), optional: true } },
      undefined,
    ],
    ['of a Secret that is there', { secret: { secretName: 'there', items: item('key') } }, undefined],
    ['of a Secret that is not', { secret: { secretName: 'absent' } }, setUp('secret "absent" not found')],
    ['of a Secret that may be absent', { secret: { secretName: 'absent', optional: true } }, undefined],
    [
      'of a key that a Secret has not',
      { secret: { secretName: 'there', items: item('crt') } },
      setUp('references non-existent secret key: crt'),
    ],
    [
      'projected from what is there',
      {
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { configMap: { name: 'there', items: item('colour') } },
            { secret: { name: 'there' } },
            { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
      undefined,
    ],
    [
      'projected from what is not',
      { projected: { sources: [{ configMap: { name: 'absent' } }, { secret: { name: 'absent' } }] } },
      setUp('[configmap "absent" not found, secret "absent" not found]'),
    ],
    [
      'projected from what may be absent',
      { projected: { sources: [{ configMap: { name: 'absent', optional: true } }] } },
      undefined,
    ],
    [
      'projected from a cluster trust bundle',
      { projected: { sources: [{ clusterTrustBundle: { path: 'ca.crt' } }] } },
      setUp('Neargate does not emulate clusterTrustBundle projections'),
    ],
    [
      'of a CSI driver that is not installed',
      { csi: { driver: 'secrets-store.csi.k8s.io' } },
      'FailedMount: MountVolume.NewMounter initialization failed for volume "v" : volume mode "Ephemeral" not supported by driver secrets-store.csi.k8s.io (no CSIDriver object)',
    ],
    ['of a bound claim', { persistentVolumeClaim: { claimName: 'bound' } }, undefined],
    [
      'of a claim that waits',
      { persistentVolumeClaim: { claimName: 'pending' } },
      unprocessed('pending', 'PVC is not bound'),
    ],
    [
      'of a claim that goes',
      { persistentVolumeClaim: { claimName: 'going' } },
      unprocessed('going', 'PVC is being deleted'),
    ],
    [
      'of a claim',
      { persistentVolumeClaim: { claimName: 'data' } },
      'FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC shop/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found',
    ],
    [
      'of a claim of its own',
      { ephemeral: {} },
      'FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC shop/web-1-v: failed to fetch PVC from API server: persistentvolumeclaims "web-1-v" not found',
    ],
    [
      'on an EBS disk',
      { awsElasticBlockStore: { volumeID: 'vol-1' } },
      'FailedAttachVolume: AttachVolume.Attach failed for volume "v" : CSINode node-1 does not contain driver ebs.csi.aws.com',
    ],
  ])('%s', async (_, volume, expected) => {
    expect(await faultsOf(volume)).toEqual(expected === undefined ? [] : [expected])
  })

  it.each<[string, HostPathType, string | undefined]>([
    ['/var/log', 'Directory', undefined],
    ['/var/run/containerd/containerd.sock', 'Socket', undefined],
    ['/var/run/docker.sock', 'Socket', 'socket file'],
    ['/var/run/docker.sock', '', undefined],
    ['/data', 'Directory', 'directory'],
    ['/data', 'DirectoryOrCreate', undefined],
    ['/etc/hosts', 'File', undefined],
    ['/etc', 'File', 'file'],
    ['/etc/hosts', 'DirectoryOrCreate', 'directory'],
    ['/etc/new.conf', 'FileOrCreate', undefined],
    ['/dev/fuse', 'CharDevice', undefined],
    ['/dev/nvidia0', 'CharDevice', 'character device'],
    ['/dev/nvme0n1', 'BlockDevice', undefined],
    ['/dev/nvme9n1', 'BlockDevice', 'block device'],
  ])('at %s of the node as %s', async (path, type, words) => {
    const text = `hostPath type check failed: ${path} is not a ${words}`
    expect(await faultsOf({ hostPath: { path, type } })).toEqual(words === undefined ? [] : [setUp(text)])
  })

  it('that no container mounts is not looked at', async () => {
    const pod = samplePod({ spec: { volumes: [{ name: 'v', configMap: { name: 'absent' } }] } })
    expect(await mountFaults(pod, sources())).toEqual([])
  })

  it('is tried again after half a second, and after two minutes at most', () => {
    expect([0, 1, 2, 7, 8, 60].map(mountRetryMs)).toEqual([500, 1000, 2000, 64_000, 122_000, 122_000])
  })
})

describe('the files of a node', () => {
  it('keep what a pod had made, with what leads to it', () => {
    const files = createNodeFiles()
    expect(files.at('/data/cache/')).toBeUndefined()
    expect(files.at('/data/cache', 'Directory')).toBe('Directory')
    expect([files.at('/data'), files.at('//data/./cache')]).toEqual(['Directory', 'Directory'])
    expect(createNodeFiles().at('/data/cache')).toBeUndefined()
  })

  it('show the link from /var/run to /run', () => {
    const files = createNodeFiles()
    expect([files.at('/var/run'), files.at('/run/dbus/system_bus_socket')]).toEqual(['Directory', 'Socket'])
    expect(files.at('/var/runtime')).toBeUndefined()
  })
})
