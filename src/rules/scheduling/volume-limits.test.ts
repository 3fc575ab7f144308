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

test.each<[string, { pod: Pod; others: readonly Pod[]; attached: readonly string[]; fits: boolean }]>([
  ['without volumes', { pod: using('p'), others: [using('o', 'a', 'b', 'c')], attached: [], fits: true }],
  ['with as many as there may be', { pod: using('p', 'a', 'b'), others: [], attached: [], fits: true }],
  ['with one too many by itself', { pod: using('p', 'a', 'b', 'c'), others: [], attached: [], fits: false }],
  [
    'beside others',
    { pod: using('p', 'a'), others: [using('o', 'b'), using('q', 'c')], attached: [], fits: false },
  ],
  [
    'that shares a volume with another',
    { pod: using('p', 'a', 'b'), others: [using('o', 'a')], attached: [], fits: true },
  ],
  [
    'beside one that uses none of the driver',
    { pod: using('p', 'a', 'b'), others: [using('o', 'efs')], attached: [], fits: true },
  ],
  [
    'of another driver',
    { pod: using('p', 'efs'), others: [using('o', 'a', 'b', 'c')], attached: [], fits: true },
  ],
  [
    'whose volumes are yet to be made',
    { pod: using('p', 'new1', 'new2'), others: [], attached: [], fits: true },
  ],
  [
    'whose volumes are yet to be made, beside another',
    { pod: using('p', 'new1'), others: [using('o', 'new2', 'c')], attached: [], fits: false },
  ],
  [
    'while the volume of a pod that has gone is still attached',
    { pod: using('p', 'a', 'b'), others: [], attached: ['z'], fits: false },
  ],
  [
    'whose own volume is attached still',
    { pod: using('p', 'a', 'b'), others: [], attached: ['a'], fits: true },
  ],
])('a pod %s', (_, { pod, others, attached, fits }) => {
  const requests = new RequestCache()
  const filter = volumeLimits(pod, { ...storage, attachedTo: () => attached.map((name) => volume(name)) })
  expect(filter(nodeInfo(sampleNode('limited'), others, requests))).toEqual(fits ? undefined : FULL)
  // A node whose driver tells no limit takes any number.
  expect(filter(nodeInfo(sampleNode('other'), others, requests))).toBeUndefined()
})
