// Owns the PersistentVolume kind.
import type { PersistentVolume } from '../../../generated/kubernetes.d.ts'
import { deepEqual, isObject } from '../../base/json.ts'
import { unifiedDiff } from '../../base/unified-diff.ts'
import { persistentVolumes } from '../client/resources.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { termWarnings } from './node-label-warnings.ts'
import { sourceWarnings } from './volume-warnings.ts'
import { validateVolumeSpec, VOLUME_SOURCES } from './persistent-volume-rules.ts'
import { formatAccessModes } from './storage-rules.ts'

/** pkg/apis/core/v1/defaults.go SetDefaults_PersistentVolume. */
function defaultVolume(volume: Fields): void {
  const spec = structAt(volume, 'spec')
  fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
  const hostPath = spec['hostPath']
  if (isObject(hostPath) && hostPath['type'] === undefined) hostPath['type'] = ''
}

// The sources in the order of the internal type, under its names.
const INTERNAL_SOURCES = [
  ['GCEPersistentDisk', 'gcePersistentDisk'],
  ['AWSElasticBlockStore', 'awsElasticBlockStore'],
  ['HostPath', 'hostPath'],
  ['Glusterfs', 'glusterfs'],
  ['NFS', 'nfs'],
  ['RBD', 'rbd'],
  ['Quobyte', 'quobyte'],
  ['ISCSI', 'iscsi'],
  ['FlexVolume', 'flexVolume'],
  ['Cinder', 'cinder'],
  ['CephFS', 'cephfs'],
  ['FC', 'fc'],
  ['Flocker', 'flocker'],
  ['AzureFile', 'azureFile'],
  ['VsphereVolume', 'vsphereVolume'],
  ['AzureDisk', 'azureDisk'],
  ['PhotonPersistentDisk', 'photonPersistentDisk'],
  ['PortworxVolume', 'portworxVolume'],
  ['ScaleIO', 'scaleIO'],
  ['Local', 'local'],
  ['StorageOS', 'storageos'],
  ['CSI', 'csi'],
] as const

/** The source of a volume as the API server prints it in a diff. */
function printSource({ spec }: PersistentVolume): string {
  const fields = INTERNAL_SOURCES.map(([name, field]) => [name, capitalized(spec?.[field] ?? null)] as const)
  return JSON.stringify(Object.fromEntries(fields), null, 1)
}

function capitalized(source: unknown): unknown {
  if (!isObject(source)) return source
  const entries = Object.entries(source).map(([key, value]) => [
    key.charAt(0).toUpperCase() + key.slice(1),
    value,
  ])
  return Object.fromEntries(entries) as unknown
}

function sourcesOf({ spec }: PersistentVolume, hidesExpandSecret: boolean): unknown {
  const { controllerExpandSecretRef: secret, ...csi } = spec?.csi ?? {}
  const shown = hidesExpandSecret || secret === undefined ? csi : spec?.csi
  return VOLUME_SOURCES.map((source) => (source === 'csi' && spec?.csi ? shown : spec?.[source]) ?? null)
}

function validateUpdate(next: PersistentVolume, old: PersistentVolume): FieldError[] {
  // The secret for growing a volume may be added once.
  const addsSecret = !old.spec?.csi?.controllerExpandSecretRef
  const errors: FieldError[] = []
  if (!deepEqual(sourcesOf(next, addsSecret), sourcesOf(old, addsSecret))) {
    const diff = unifiedDiff(printSource(old), printSource(next))
    const detail = `spec.persistentvolumesource is immutable after creation\n${diff}`
    errors.push(forbidden('spec.persistentvolumesource', detail))
  }
  if (next.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(invalid('volumeMode', next.spec?.volumeMode, 'field is immutable'))
  }
  const affinity = old.spec?.nodeAffinity
  if (affinity && !deepEqual(next.spec?.nodeAffinity ?? null, affinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA'
    errors.push(invalid('nodeAffinity', next.spec?.nodeAffinity, detail))
  }
  if (old.spec?.volumeAttributesClassName && next.spec?.volumeAttributesClassName === undefined) {
    const field = 'spec.volumeAttributesClassName'
    errors.push(forbidden(field, 'update from non-nil value to nil is forbidden'))
  }
  return errors
}

function formatClaim({ spec }: PersistentVolume): string {
  const claim = spec?.claimRef
  return claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : ''
}

const RECYCLED =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'

// pkg/api/persistentvolume/util.go
const OLD_ANNOTATIONS = {
  'volume.beta.kubernetes.io/storage-class':
    'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
}

function warnings({ metadata, spec }: PersistentVolume): string[] {
  const { cephfs, photonPersistentDisk, scaleIO, storageos, glusterfs, rbd } = spec
  return [
    ...Object.entries(OLD_ANNOTATIONS).flatMap(([key, why]) =>
      metadata.annotations?.[key] === undefined ? [] : [`metadata.annotations[${key}]: ${why}`],
    ),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [RECYCLED] : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`),
    ),
    ...sourceWarnings({ cephfs, photonPersistentDisk, scaleIO, storageos, glusterfs, rbd }, 'spec'),
  ]
}

export const persistentVolumeKind = defineKind<PersistentVolume>({
  resource: persistentVolumes,
  type: 'core/v1.PersistentVolume',
  shortNames: ['pv'],
  status: true,
  defaults: defaultVolume,
  warnings,
  columns: [
    nameColumn,
    { name: 'Capacity', type: 'string', cell: ({ spec }) => spec?.capacity?.['storage'] ?? '0' },
    { name: 'Access Modes', type: 'string', cell: ({ spec }) => formatAccessModes(spec?.accessModes) },
    {
      name: 'Reclaim Policy',
      type: 'string',
      cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    },
    {
      name: 'Status',
      type: 'string',
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    },
    { name: 'Claim', type: 'string', cell: formatClaim },
    {
      name: 'StorageClass',
      type: 'string',
      cell: classNameOf,
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    },
    { name: 'Reason', type: 'string', cell: ({ status }) => status?.reason ?? '' },
    ageColumn,
    { name: 'VolumeMode', type: 'string', priority: 1, cell: ({ spec }) => spec?.volumeMode ?? '<unset>' },
  ],
  prepareForCreate: (volume) => ({
    ...volume,
    status: { phase: 'Pending', lastPhaseTransitionTime: volume.metadata.creationTimestamp },
  }),
  validate: ({ spec }) => validateVolumeSpec(spec ?? {}),
  validateUpdate,
})
