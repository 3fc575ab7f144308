// Owns the PersistentVolumeClaim kind.
import type { PersistentVolumeClaim } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'
import { unifiedDiff } from '../../base/unified-diff.ts'
import { persistentVolumeClaims } from '../client/resources.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import { fill, structAt } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, type FieldError } from './field-error.ts'
import { validateClaimStatus } from './persistent-volume-claim-rules.ts'
import { defineKind } from './kind.ts'
import { claimWarnings, normalizeDataSources, validateClaimSpec } from './persistent-volume-claim-rules.ts'
import { formatAccessModes } from './storage-rules.ts'

type Claim = PersistentVolumeClaim
type ClaimSpec = NonNullable<Claim['spec']>

const IMMUTABLE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** The spec of a claim as the API server prints it in a diff: the fields of the internal type. */
function printSpec(spec: ClaimSpec): string {
  const { dataSource: source, dataSourceRef: ref, resources } = spec
  const internal = {
    AccessModes: spec.accessModes ?? null,
    Selector: spec.selector ?? null,
    Resources: { Limits: resources?.limits ?? null, Requests: resources?.requests ?? null },
    VolumeName: spec.volumeName ?? '',
    StorageClassName: spec.storageClassName ?? null,
    VolumeMode: spec.volumeMode ?? null,
    DataSource: source ? { APIGroup: source.apiGroup ?? null, Kind: source.kind, Name: source.name } : null,
    DataSourceRef: ref
      ? { APIGroup: ref.apiGroup ?? null, Kind: ref.kind, Name: ref.name, Namespace: ref.namespace ?? null }
      : null,
    VolumeAttributesClassName: spec.volumeAttributesClassName ?? null,
  }
  return JSON.stringify(internal, null, 1)
}

/** What may not differ between two versions of a claim: the old spec with what may change taken from the new. */
function expectedSpec(next: Claim, old: Claim): ClaimSpec {
  const after = next.spec ?? {}
  const expected = { ...old.spec }
  if (!expected.volumeName && after.volumeName) expected.volumeName = after.volumeName
  // A claim that was made before there was a default class may get it later.
  if (expected.storageClassName === undefined && after.storageClassName !== undefined) {
    expected.storageClassName = after.storageClassName
  }
  if (next.status?.phase !== 'Bound') return expected
  const { storage: _old, ...others } = expected.resources?.requests ?? {}
  const size = after.resources?.requests?.['storage']
  expected.resources = {
    ...expected.resources,
    requests: { ...others, ...(size === undefined ? {} : { storage: size }) },
  }
  const { volumeAttributesClassName: _class, ...rest } = expected
  const attributes = after.volumeAttributesClassName
  return { ...rest, ...(attributes === undefined ? {} : { volumeAttributesClassName: attributes }) }
}

function sizeOf(amounts: Readonly<Record<string, string>> | undefined): bigint {
  return parseMilli(amounts?.['storage'] ?? '0')
}

function validateUpdate(next: Claim, old: Claim): FieldError[] {
  const errors: FieldError[] = []
  const expected = expectedSpec(next, old)
  if (!deepEqual(next.spec ?? {}, expected)) {
    errors.push(
      forbidden(
        'spec',
        `${IMMUTABLE}\n${unifiedDiff(printSpec(old.spec ?? {}), printSpec(withSame(next, old)))}`,
      ),
    )
  }
  const wanted = sizeOf(next.spec?.resources?.requests)
  if (wanted < sizeOf(old.spec?.resources?.requests) && wanted <= sizeOf(old.status?.capacity)) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  if (next.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(invalid('volumeMode', next.spec?.volumeMode, 'field is immutable'))
  }
  return [...errors, ...validateAttributesClass(next, old)]
}

// The diff leaves out what may change, as the comparison does.
function withSame(next: Claim, old: Claim): ClaimSpec {
  const { volumeAttributesClassName: oldClass, resources: oldResources } = old.spec ?? {}
  if (next.status?.phase !== 'Bound') return next.spec ?? {}
  const { volumeAttributesClassName: _class, ...rest } = next.spec ?? {}
  return {
    ...rest,
    resources: { ...rest.resources, ...(oldResources?.requests ? { requests: oldResources.requests } : {}) },
    ...(oldClass === undefined ? {} : { volumeAttributesClassName: oldClass }),
  }
}

function validateAttributesClass(next: Claim, old: Claim): FieldError[] {
  const field = 'spec.volumeAttributesClassName'
  const name = next.spec?.volumeAttributesClassName
  if (old.status?.currentVolumeAttributesClassName === undefined || name) return []
  if (name === old.spec?.volumeAttributesClassName) return []
  const what = name === undefined ? 'nil' : 'empty string'
  const detail = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`
  return [forbidden(field, detail)]
}

export const persistentVolumeClaimKind = defineKind<Claim>({
  resource: persistentVolumeClaims,
  type: 'core/v1.PersistentVolumeClaim',
  shortNames: ['pvc'],
  status: true,
  defaults: (claim) => fill(structAt(claim, 'spec'), { volumeMode: 'Filesystem' }),
  warnings: ({ metadata, spec }) => [
    ...(metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] === undefined
      ? []
      : [
          'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
        ]),
    ...claimWarnings(spec ?? {}, 'spec'),
  ],
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    },
    { name: 'Volume', type: 'string', cell: ({ spec }) => spec?.volumeName ?? '' },
    {
      name: 'Capacity',
      type: 'string',
      cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.['storage'] ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      cell: ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : ''),
    },
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
    ageColumn,
    { name: 'VolumeMode', type: 'string', priority: 1, cell: ({ spec }) => spec?.volumeMode ?? '<unset>' },
  ],
  prepareForCreate: (claim) => ({
    ...claim,
    spec: normalizeDataSources(claim.spec ?? {}),
    status: { phase: 'Pending' },
  }),
  validate: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
  prepareForUpdate: (claim) => ({ ...claim, spec: normalizeDataSources(claim.spec ?? {}) }),
  validateUpdate,
  validateStatus: validateClaimStatus,
})
