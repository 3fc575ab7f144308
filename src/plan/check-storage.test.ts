import { expect, it } from 'vitest'

import { plan } from './testing/plan-of.ts'

const CLASSES = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: files}
provisioner: efs.csi.aws.com
parameters: {provisioningMode: efs-ap, fileSystemId: fs-1, directoryPerms: "700"}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: by-hand}
provisioner: efs.csi.aws.com
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: disks}
provisioner: ebs.csi.aws.com
---
`
const size = 'accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}'
const claim = (spec: string): string => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: bank}
spec: {${size}, ${spec}}
`
const SNAPSHOT = '{apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: before}'

it.each([
  ['a file system', claim('storageClassName: files'), 'class files: file systems of EFS are not emulated'],
  ['one made by hand', claim('storageClassName: by-hand'), undefined],
  ['one that is named', claim('storageClassName: files, volumeName: mine'), undefined],
  [
    'a snapshot',
    claim(`storageClassName: disks, dataSource: ${SNAPSHOT}`),
    'DataSource Type VolumeSnapshot by Name before: Neargate does not emulate snapshots of EBS volumes',
  ],
  [
    'a clone',
    claim('storageClassName: gp2, dataSourceRef: {kind: PersistentVolumeClaim, name: old}'),
    'DataSource Type PersistentVolumeClaim by Name old: Neargate does not emulate clones of EBS volumes',
  ],
  [
    'a populator',
    claim('storageClassName: disks, dataSourceRef: {apiGroup: a.b, kind: C, name: d}'),
    undefined,
  ],
  ['a disk', claim('storageClassName: disks'), undefined],
])('a claim of %s', (_, manifests, ending) => {
  const found = plan(CLASSES + manifests).problems.filter(({ code }) => code === 'storage-not-emulated')
  expect(found.map(({ message }) => message)).toEqual(
    ending === undefined
      ? []
      : [expect.stringMatching(new RegExp(`^PersistentVolumeClaim bank/data .*${ending}$`))],
  )
})

it('says where: in the template of a set, and of a snapshot', () => {
  const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: bank}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: i}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      storageClassName: files
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: s, namespace: bank}
spec: {source: {persistentVolumeClaimName: data-db-0}}
`
  const found = plan(CLASSES + set).problems.filter(({ code }) => code === 'storage-not-emulated')
  expect(found.map(({ message, line }) => [message, line])).toEqual([
    ['StatefulSet bank/db gets no volume of class files: file systems of EFS are not emulated', 29],
    ['VolumeSnapshot bank/s is never taken: snapshots of EBS volumes are not emulated', 32],
  ])
})
