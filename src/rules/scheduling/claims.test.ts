// What the scheduler makes of claims (kubernetes pkg/scheduler/framework/plugins/volumebinding).
import { describe, expect, it } from 'vitest'

import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'
import { sampleNode, samplePod } from '../../controllers/testing/samples.ts'
import { checkClaims } from './claims.ts'
import { NO_STORAGE, type StorageLookup } from './storage-lookup.ts'
import { claimNamesOf } from './claim-names.ts'

const ZONE = 'topology.kubernetes.io/zone'
const metadata = (name: string) => ({
  name,
  namespace: 'default',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '',
})
const node = (zone: string): Node => sampleNode(`n-${zone}`, { labels: { [ZONE]: zone } })
const pod = samplePod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } })

function claim(change: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata('c'),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    ...change,
  }
}

const bound = claim({
  metadata: { ...metadata('c'), annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
  spec: { volumeName: 'pv' },
  status: { phase: 'Bound' },
})
const zonal: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: metadata('pv'),
  spec: {
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['a'] }] }],
      },
    },
  },
}
const late: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: metadata('late'),
  provisioner: 'ebs.csi.aws.com',
  volumeBindingMode: 'WaitForFirstConsumer',
}
const ofLate = claim({ spec: { ...claim().spec, storageClassName: 'late' } })

const storage = (found: Partial<StorageLookup>): StorageLookup => ({ ...NO_STORAGE, ...found })
const only = (a: string) => ({
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: [a] }] }],
})

describe('the claims of a pod', () => {
  it.each<[string, Partial<StorageLookup>, string | undefined]>([
    ['that are not there', {}, 'persistentvolumeclaim "c" not found'],
    ['that are bound', { claim: () => bound }, undefined],
    ['that wait for nobody', { claim: () => claim() }, 'pod has unbound immediate PersistentVolumeClaims'],
    ['that wait for a node', { claim: () => ofLate, storageClass: () => late }, undefined],
    [
      'that are lost',
      { claim: () => ({ ...bound, status: { phase: 'Lost' } }) },
      'persistentvolumeclaim "c" bound to non-existent persistentvolume "pv"',
    ],
    [
      'that are going',
      { claim: () => claim({ metadata: { ...metadata('c'), deletionTimestamp: '2026-01-01T00:00:00Z' } }) },
      'persistentvolumeclaim "c" is being deleted',
    ],
  ])('%s', (_case, found, expected) => {
    expect(checkClaims(pod, storage(found)).nowhere).toBe(expected)
  })

  it.each<[string, Partial<StorageLookup>, readonly (string | undefined)[]]>([
    [
      'bound to a volume of one zone',
      { claim: () => bound, volume: () => zonal },
      [undefined, "node(s) didn't match PersistentVolume's node affinity"],
    ],
    [
      'bound to a volume that is not there',
      { claim: () => bound },
      Array(2).fill('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)') as string[],
    ],
    ['to be provisioned anywhere', { claim: () => ofLate, storageClass: () => late }, [undefined, undefined]],
    [
      'to be provisioned in one zone',
      { claim: () => ofLate, storageClass: () => ({ ...late, ...only('b') }) },
      ["node(s) didn't find available persistent volumes to bind", undefined],
    ],
    [
      'that another pod has for itself',
      {
        claim: () => ({ ...bound, spec: { volumeName: 'pv', accessModes: ['ReadWriteOncePod'] } }),
        volume: () => zonal,
        isUsed: () => true,
      },
      Array(2).fill(
        'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
      ) as string[],
    ],
  ])('%s rule out nodes', (_case, found, expected) => {
    const check = checkClaims(pod, storage(found))
    expect([node('a'), node('b')].map((one) => check.rejects(one))).toEqual(expected)
  })

  it('keep a pod on the node that was selected', () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'n-a' }
    const selected = { ...ofLate, metadata: { ...ofLate.metadata, annotations } }
    const check = checkClaims(pod, storage({ claim: () => selected, storageClass: () => late }))
    expect(check.rejects(node('a'))).toBeUndefined()
    expect(check.rejects(node('b'))).toBe("node(s) didn't find available persistent volumes to bind")
    expect(check.waiting).toEqual([selected])
  })

  it('are named by its volumes', () => {
    const ephemeral = { volumeClaimTemplate: { spec: {} } }
    const volumes = [...(pod.spec.volumes ?? []), { name: 'e', ephemeral }, { name: 'x', emptyDir: {} }]
    expect(claimNamesOf(samplePod('p', { spec: { volumes } }))).toEqual(['c', 'p-e'])
  })
})
