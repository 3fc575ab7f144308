// Owns the rules for the spec of a persistent volume. Source: kubernetes pkg/apis/core/validation/validation.go
// (ValidatePersistentVolumeSpec).
import type { PersistentVolumeSpec } from '../../../generated/kubernetes.d.ts'
import { forbidden, required, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { hostPathErrors, noBacksteps } from './host-path-rules.ts'
import { validateNodeTerm } from './placement-rules.ts'
import { choice } from './pod-spec.ts'
import { positiveQuantity } from './quantity-rules.ts'
import { validateAccessModes, validateClassName, validateDriverName, VOLUME_MODES } from './storage-rules.ts'

// The sources of a volume, in the order in which they are counted.
export const VOLUME_SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const satisfies readonly (keyof PersistentVolumeSpec)[]

const SECRET_REFERENCES = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const

/** Findings for the spec of a PersistentVolume. */
export function validateVolumeSpec(spec: PersistentVolumeSpec): FieldError[] {
  const reclaim = spec.persistentVolumeReclaimPolicy
  const root = spec.hostPath && /^\/*$/.test(spec.hostPath.path)
  return [
    ...validateAccessModes(spec.accessModes ?? [], ''),
    ...validateCapacity(spec.capacity ?? {}),
    ...choice('spec.persistentVolumeReclaimPolicy', reclaim, ['Delete', 'Recycle', 'Retain']),
    ...validateNodeAffinity(spec),
    ...validateSources(spec, 'spec'),
    ...(root && reclaim === 'Recycle'
      ? [forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...validateClassName('spec.storageClassName', spec.storageClassName),
    ...choice('spec.volumeMode', spec.volumeMode, VOLUME_MODES),
    ...validateAttributesClass(spec),
  ]
}

/** Findings for a volume that stands in a VolumeAttachment instead of being named there. */
export function validateInlineVolume(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const context = 'in the context of inline volumes'
  const fields = ['claimRef', 'capacity', 'nodeAffinity', 'storageClassName'] as const
  return [
    ...fields
      .filter((field) => spec[field] !== undefined)
      .map((field) => forbidden(`${path}.${field}`, `may not be specified ${context}`)),
    ...(spec.csi ? [] : [required(`${path}.csi`, `has to be specified ${context}`)]),
    ...validateAccessModes(spec.accessModes ?? [], '', `${path}.accessModes`),
    ...validateSources(spec, path),
  ]
}

function validateCapacity(capacity: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(capacity)
  const field = 'spec.capacity'
  const isStorageAlone = names.length === 1 && names[0] === 'storage'
  // An empty map is none to Go, and prints as null.
  const shown = names.length === 0 ? 'null' : JSON.stringify(capacity)
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(isStorageAlone
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            field,
            detail: `Unsupported value: ${shown}: supported values: "storage"`,
          },
        ]),
    ...Object.entries(capacity).flatMap(([name, value]) => positiveQuantity(`${field}[${name}]`, value)),
  ]
}

function validateNodeAffinity({ nodeAffinity }: PersistentVolumeSpec): FieldError[] {
  if (!nodeAffinity) return []
  const path = 'spec.nodeAffinity.required'
  const terms = nodeAffinity.required?.nodeSelectorTerms
  if (!terms) return [required(path, 'must specify required node constraints')]
  const field = `${path}.nodeSelectorTerms`
  if (terms.length === 0) return [required(field, 'must have at least one node selector term')]
  return terms.flatMap((term, i) => validateNodeTerm(term, `${field}[${i}]`))
}

function validateSources(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const given = VOLUME_SOURCES.filter((source) => spec[source] !== undefined)
  const [first, ...more] = given
  if (first === undefined) return [required(path, 'must specify a volume type')]
  const shown = (source: string): string => (source === 'cephfs' ? 'cephFS' : source)
  return [
    ...validateSource(spec, first, path),
    ...more.map((source) => forbidden(`${path}.${shown(source)}`, 'may not specify more than 1 volume type')),
  ]
}

function validateSource(spec: PersistentVolumeSpec, source: string, path: string): FieldError[] {
  const { hostPath, local, csi, nfs, awsElasticBlockStore: ebs } = spec
  if (source === 'hostPath' && hostPath) return hostPathErrors(hostPath, `${path}.hostPath`)
  if (source === 'nfs' && nfs) return validateNfs(nfs, `${path}.nfs`)
  if (source === 'csi' && csi) return validateCsi(csi, `${path}.csi`)
  if (source === 'awsElasticBlockStore' && ebs) {
    return ebs.volumeID ? [] : [required(`${path}.awsElasticBlockStore.volumeID`)]
  }
  if (source !== 'local' || !local) return []
  return [
    ...(local.path ? noBacksteps(`${path}.local.path`, local.path) : [required(`${path}.local.path`)]),
    ...(spec.nodeAffinity ? [] : [required(`${path}.nodeAffinity`, 'Local volume requires node affinity')]),
  ]
}

function validateNfs(nfs: NonNullable<PersistentVolumeSpec['nfs']>, path: string): FieldError[] {
  return [
    ...(nfs.server ? [] : [required(`${path}.server`)]),
    ...(nfs.path ? [] : [required(`${path}.path`)]),
  ]
}

function validateCsi(csi: NonNullable<PersistentVolumeSpec['csi']>, path: string): FieldError[] {
  return [
    ...validateDriverName(`${path}.driver`, csi.driver),
    ...(csi.volumeHandle ? [] : [required(`${path}.volumeHandle`)]),
    ...SECRET_REFERENCES.flatMap((field) => {
      const secret = csi[field]
      if (!secret) return []
      return [
        ...(secret.name ? [] : [required(`${path}.${field}.name`)]),
        ...(secret.namespace ? [] : [required(`${path}.${field}.namespace`)]),
      ]
    }),
  ]
}

function validateAttributesClass({
  volumeAttributesClassName: name,
  csi,
}: PersistentVolumeSpec): FieldError[] {
  if (name === undefined) return []
  const field = 'spec.volumeAttributesClassName'
  return [
    ...(name ? namedBy(field, name, 'subdomain') : [required(field, 'an empty string is disallowed')]),
    ...(csi ? [] : [required('spec.csi', 'has to be specified when using volumeAttributesClassName')]),
  ]
}
