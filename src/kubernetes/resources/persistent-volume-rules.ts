// Owns the rules for the spec of a persistent volume. Source: kubernetes pkg/apis/core/validation/validation.go
// (ValidatePersistentVolumeSpec).
import type { PersistentVolumeSpec } from '../../../generated/kubernetes.d.ts'
import { forbidden, required, type FieldError } from './field-error.ts'
import { validateName } from './naming.ts'
import { choice, namedBy } from './field-rules.ts'
import { hostPathErrors, noBacksteps } from './path-rules.ts'
import { validateNodeTerm } from './placement-rules.ts'
import { positiveQuantity } from './quantity-rules.ts'
import { validateAccessModes, validateClassName, validateDriverName, VOLUME_MODES } from './storage-rules.ts'
import { sourceErrors, type VolumeSource } from './volume-sources.ts'

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
    // Kubernetes doesn't look at what stands beside this one.
    ...more
      .filter((source) => source !== 'flexVolume')
      .map((source) => forbidden(`${path}.${shown(source)}`, 'may not specify more than 1 volume type')),
  ]
}

function validateSource(
  spec: PersistentVolumeSpec,
  type: (typeof VOLUME_SOURCES)[number],
  path: string,
): FieldError[] {
  const { hostPath, local, csi } = spec
  const at = `${path}.${type}`
  if (type === 'hostPath') return hostPath ? hostPathErrors(hostPath, at) : []
  if (type === 'csi') return csi ? validateCsi(csi, at) : []
  if (type === 'local' && local) {
    return [
      ...(local.path ? noBacksteps(`${at}.path`, local.path) : [required(`${at}.path`)]),
      ...(spec.nodeAffinity ? [] : [required(`${path}.nodeAffinity`, 'Local volume requires node affinity')]),
    ]
  }
  // What it has is decided by the schema, and the rules read it field by field.
  return sourceErrors(type, spec[type] as unknown as VolumeSource, at, ['name', 'namespace'])
}

function validateCsi(csi: NonNullable<PersistentVolumeSpec['csi']>, path: string): FieldError[] {
  return [
    ...validateDriverName(`${path}.driver`, csi.driver),
    ...(csi.volumeHandle ? [] : [required(`${path}.volumeHandle`)]),
    ...SECRET_REFERENCES.flatMap((field) => {
      const secret = csi[field]
      if (!secret) return []
      return [
        ...validateName(`${path}.${field}.name`, secret.name ?? '', 'subdomain'),
        ...validateName(`${path}.${field}.namespace`, secret.namespace ?? '', 'label'),
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
