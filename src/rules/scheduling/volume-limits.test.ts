import { expect, test } from 'vitest'

import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'
import { sampleNode, samplePod } from '../../controllers/testing/samples.ts'
import { RequestCache } from './requests.ts'
import { nodeInfo } from './snapshot.ts'
import { NO_STORAGE, type StorageLookup } from './storage-lookup.ts'
import { volumeLimits } from './volume-limits.ts'

const EBS = 'ebs.csi.aws.com'
const metadata = (name: string) => ({
  name,
  namespace: 'default',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '',
})

const volume = (name: string, driver = EBS): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: metadata(name),
  spec: { csi: { driver, volumeHandle: `vol-${name}` } },
})

/** Claims `a` to `z` are bound to volumes of their name, `efs` to one of EFS; `new…` wait for one of EBS. */
const storage: StorageLookup = {
  ...NO_STORAGE,
  claim: (_namespace, name): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata(name), annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
    spec: name.startsWith('new') ? { storageClassName: 'gp2' } : { volumeName: name },
  }),
  volume: (name) => volume(name, name === 'efs' ? 'efs.csi.aws.com' : EBS),
  storageClass: (name): StorageClass => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: metadata(name),
    // The name of before is the driver's.
    provisioner: 'kubernetes.io/aws-ebs',
  }),
  volumeLimit: (node, driver) => (node === 'limited' && driver === EBS ? 2 : undefined),
}

const using = (name: string, ...claims: string[]): Pod =>
  samplePod(name, {
    spec: {
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    },
  })

const FULL = { reasons: ['node(s) exceed max volume count'], isUnresolvable: false }

test.each<[string, Pod, readonly Pod[], readonly string[], boolean]>([
  ['without volumes', using('p'), [using('o', 'a', 'b', 'c')], [], true],
  ['with as many as there may be', using('p', 'a', 'b'), [], [], true],
  ['with one too many by itself', using('p', 'a', 'b', 'c'), [], [], false],
  ['beside others', using('p', 'a'), [using('o', 'b'), using('q', 'c')], [], false],
  ['that shares a volume with another', using('p', 'a', 'b'), [using('o', 'a')], [], true],
  ['beside one that uses none of the driver', using('p', 'a', 'b'), [using('o', 'efs')], [], true],
  ['of another driver', using('p', 'efs'), [using('o', 'a', 'b', 'c')], [], true],
  ['whose volumes are yet to be made', using('p', 'new1', 'new2'), [], [], true],
  [
    'whose volumes are yet to be made, beside another',
    using('p', 'new1'),
    [using('o', 'new2', 'c')],
    [],
    false,
  ],
  ['while the volume of a pod that has gone is still attached', using('p', 'a', 'b'), [], ['z'], false],
  ['whose own volume is attached still', using('p', 'a', 'b'), [], ['a'], true],
])('a pod %s', (_, pod, others, attached, fits) => {
  const requests = new RequestCache()
  const filter = volumeLimits(pod, { ...storage, attachedTo: () => attached.map((name) => volume(name)) })
  expect(filter(nodeInfo(sampleNode('limited'), others, requests))).toEqual(fits ? undefined : FULL)
  // A node whose driver tells no limit takes any number.
  expect(filter(nodeInfo(sampleNode('other'), others, requests))).toBeUndefined()
})
