import { describe, expect, it } from 'vitest'

import { plan } from './testing/plan-of.ts'

const WITH_DRIVER = 'addons: [{name: aws-ebs-csi-driver}]'
const WITH_DEFAULT =
  'addons: [{name: aws-ebs-csi-driver, configurationValues: "{\\"defaultStorageClass\\": {\\"enabled\\": true}}"}]'

function claim(spec: string): string {
  return `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {${spec}accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`
}

function storageClass(provisioner: string, annotations = '{}'): string {
  return `---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast, annotations: ${annotations}}\nprovisioner: ${provisioner}\n`
}

const DEFAULT = '{storageclass.kubernetes.io/is-default-class: "true"}'

const VOLUME = `---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}
`

function pending(manifests: string, config = ''): string[] {
  return plan(manifests, { config, region: 'us-east-1' })
    .problems.filter(({ code }) => code === 'claim-pending')
    .map(({ message }) => message)
}

describe('claims that stay Pending', () => {
  it.each([
    ['no class', claim(''), WITH_DRIVER, 'names no storage class, and the cluster has no default one'],
    [
      'a class that is nowhere',
      claim('storageClassName: fast, '),
      WITH_DRIVER,
      'names the storage class fast, which is not in the files',
    ],
    [
      'no class on purpose',
      claim('storageClassName: "", '),
      WITH_DRIVER,
      'wants a volume without a class, and no such PersistentVolume is in the files',
    ],
    [
      'the class of EKS without the driver',
      claim('storageClassName: gp2, '),
      '',
      'needs the driver ebs.csi.aws.com, which nothing installs',
    ],
    [
      'a class of EBS without the driver',
      claim('') + storageClass('kubernetes.io/aws-ebs', DEFAULT),
      '',
      'needs the driver ebs.csi.aws.com, which nothing installs',
    ],
  ])('are told for %s', (_, manifests, config, why) => {
    expect(pending(manifests, config)).toEqual([
      `PersistentVolumeClaim default/data ${why}: the claim stays Pending`,
    ])
  })

  it('are told of the templates of a StatefulSet', () => {
    const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: postgres}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
`
    expect(pending(set, WITH_DRIVER)).toEqual([
      'StatefulSet default/db names no storage class, and the cluster has no default one: the claim stays Pending',
    ])
  })

  it.each([
    ['the class of EKS and its driver', claim('storageClassName: gp2, '), WITH_DRIVER],
    ['a default class', claim('') + storageClass('ebs.csi.aws.com', DEFAULT), WITH_DRIVER],
    ['the default class of the add-on', claim(''), WITH_DEFAULT],
    ['the class of the add-on by name', claim('storageClassName: ebs-csi-default-sc, '), WITH_DEFAULT],
    [
      'the driver in the files',
      `${claim('storageClassName: gp2, ')}---\napiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: ebs.csi.aws.com}\nspec: {}\n`,
      '',
    ],
    ["somebody else's driver", claim('storageClassName: fast, ') + storageClass('example.com/disk'), ''],
    ['a volume for it', claim('') + VOLUME, ''],
    ['a volume by name', claim('volumeName: disk, '), ''],
  ])('are none with %s', (_, manifests, config) => {
    expect(pending(manifests, config)).toEqual([])
  })
})
