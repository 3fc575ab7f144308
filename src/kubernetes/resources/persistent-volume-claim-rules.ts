// Owns the rules for the spec of a claim, for claims and for the templates that make them.
// Source: kubernetes pkg/apis/core/validation (ValidatePersistentVolumeClaimSpec), pkg/api/persistentvolumeclaim.
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedObjectReference,
} from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { validateQualifiedName } from './naming.ts'
import { fractionWarnings, nonNegativeQuantity, positiveQuantity } from './quantity-rules.ts'
import { validateLabelSelector } from './selector-rules.ts'
import { validateAccessModes, validateClassName, VOLUME_MODES } from './storage-rules.ts'

/** The warnings for the spec of a claim at `path`. */
export function claimWarnings({ resources }: PersistentVolumeClaimSpec, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap((part) =>
    fractionWarnings(`${path}.resources.${part}[storage]`, resources?.[part]?.['storage']),
  )
}

/** Findings for the spec of a claim at `path`. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const size = spec.resources?.requests?.['storage']
  const sizeField = `${path}.resources[storage]`
  return [
    ...claimModes(spec, path),
    ...(size === undefined ? [required(sizeField)] : positiveQuantity(sizeField, size)),
    ...validateClassName(`${path}.storageClassName`, spec.storageClassName),
    ...choice(`${path}.volumeMode`, spec.volumeMode, VOLUME_MODES),
    ...validateSource(spec.dataSource, `${path}.dataSource`),
    ...validateSource(spec.dataSourceRef, `${path}.dataSourceRef`),
    ...validateBothSources(spec, path),
    ...validateClassName(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName),
  ]
}

// That there are none is said before the selector, which ones are wrong after it.
function claimModes(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const modes = spec.accessModes ?? []
  const selector = validateLabelSelector(spec.selector, `${path}.selector`)
  const errors = validateAccessModes(modes, 'at least 1 access mode is required', `${path}.accessModes`)
  return modes.length === 0 ? [...errors, ...selector] : [...selector, ...errors]
}

function validateSource(source: TypedObjectReference | undefined, path: string): FieldError[] {
  if (!source) return []
  const { apiGroup = '', kind, name, namespace } = source
  return [
    ...(name ? [] : [required(`${path}.name`)]),
    ...(kind ? [] : [required(`${path}.kind`)]),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim'
      ? [invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...(apiGroup ? namedBy(`${path}.apiGroup`, apiGroup, 'subdomain') : []),
    ...(namespace ? namedBy(`${path}.namespace`, namespace, 'label') : []),
  ]
}

function validateBothSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
): FieldError[] {
  if (!dataSource || !dataSourceRef) return []
  // Go prints the path of the other field as the value, and a path is an empty struct to it.
  const finding = (detail: string): FieldError[] => [invalid(path, {}, detail)]
  if (dataSourceRef.namespace)
    return finding('may not be specified when dataSourceRef.namespace is specified')
  return deepEqual(dataSource, dataSourceRef) ? [] : finding('must match dataSourceRef')
}

/**
 * A spec in which `dataSource` and `dataSourceRef` say the same. What `dataSource` alone names is dropped when it is no
 * volume: so it was before there was the other field. A reference into another namespace is dropped, as it is in 1.35
 * (CrossNamespaceVolumeDataSource is off).
 */
export function normalizeDataSources(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource: source, ...rest } = spec
  if (spec.dataSourceRef) {
    const { namespace, ...local } = spec.dataSourceRef
    if (namespace) {
      const { dataSourceRef: _elsewhere, ...kept } = spec
      return kept
    }
    return source ? spec : { ...spec, dataSource: local }
  }
  return source && isVolumeSource(source) ? { ...spec, dataSourceRef: source } : rest
}

function isVolumeSource({ apiGroup = '', kind }: TypedObjectReference): boolean {
  if (apiGroup === '') return kind === 'PersistentVolumeClaim'
  return apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot'
}

const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

/** Findings for a new status of a claim (ValidatePersistentVolumeClaimStatusUpdate). */
export function validateClaimStatus({ status = {} }: PersistentVolumeClaim): FieldError[] {
  const statuses = 'status.allocatedResourceStatuses'
  const allocated = 'status.allocatedResources'
  return [
    ...Object.entries(status.capacity ?? {}).flatMap(([name, amount]) =>
      nonNegativeQuantity(`status.capacity[${name}]`, amount),
    ),
    ...Object.entries(status.allocatedResourceStatuses ?? {}).flatMap(([name, value]) => [
      ...claimResource(statuses, name),
      ...(RESIZE_STATUSES.includes(value) ? [] : [unsupported(statuses, name, RESIZE_STATUSES)]),
    ]),
    ...Object.entries(status.allocatedResources ?? {}).flatMap(([name, amount]) => {
      const errors = claimResource(allocated, name)
      return errors.length > 0 ? errors : nonNegativeQuantity(`${allocated}[${name}]`, amount)
    }),
  ]
}

// Of Kubernetes' own resources a claim has storage alone.
function claimResource(field: string, name: string): FieldError[] {
  const errors = validateQualifiedName(field, name)
  const isNative = !name.includes('/') || name.includes('kubernetes.io/')
  return errors.length > 0 || !isNative || name === 'storage'
    ? errors
    : [unsupported(field, name, ['storage'])]
}
