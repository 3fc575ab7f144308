// Owns the CSIDriver kind.
import type { CSIDriver } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { csiDrivers } from '../client/resources.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, invalid, unsupported, type FieldError } from './field-error.ts'
import { choice, immutable } from './field-rules.ts'
import { defineKind } from './kind.ts'

const MINIMUM_TOKEN_SECONDS = 600
const MAXIMUM_TOKEN_SECONDS = 2 ** 32
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral']

/** pkg/apis/storage/v1/defaults.go SetDefaults_CSIDriver. */
function defaultCsiDriver(driver: Fields): void {
  const spec = structAt(driver, 'spec')
  fill(spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    requiresRepublish: false,
    seLinuxMount: false,
  })
  if (!Array.isArray(spec['volumeLifecycleModes']) || spec['volumeLifecycleModes'].length === 0) {
    spec['volumeLifecycleModes'] = ['Persistent']
  }
}

function validateTokens(tokens: NonNullable<CSIDriver['spec']['tokenRequests']>): FieldError[] {
  const audiences = tokens.map(({ audience }) => audience)
  return tokens.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = `spec.tokenRequests[${i}]`
    if (audiences.indexOf(audience) < i) return [duplicate(`${at}.audience`, audience)]
    const field = `${at}.expirationSeconds`
    if (seconds === undefined) return []
    if (seconds < MINIMUM_TOKEN_SECONDS) {
      return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
    }
    if (seconds <= MAXIMUM_TOKEN_SECONDS) return []
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  })
}

function validate({ spec }: CSIDriver): FieldError[] {
  const period = spec.nodeAllocatableUpdatePeriodSeconds
  const periodField = 'spec.nodeAllocatableUpdatePeriodSeconds'
  return [
    ...choice('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...validateTokens(spec.tokenRequests ?? []),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      LIFECYCLE_MODES.includes(mode) ? [] : [unsupported('spec.volumeLifecycleModes', mode, LIFECYCLE_MODES)],
    ),
    ...(period !== undefined && period < 10
      ? [invalid(periodField, period, 'must be greater than or equal to 10 seconds')]
      : []),
  ]
}

const sameModes = immutable('spec.volumeLifecycleModes')

function validateUpdate(next: CSIDriver, old: CSIDriver): FieldError[] {
  const { attachRequired } = next.spec
  return [
    // The path is spelled that way there.
    ...(attachRequired === old.spec.attachRequired
      ? []
      : [invalid('spec.attachedRequired', attachRequired, 'field is immutable')]),
    ...sameModes(next, old),
  ]
}

const TOKENS_MAY_BE_LOGGED =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes'

export const csiDriverKind = defineKind<CSIDriver>({
  resource: csiDrivers,
  type: 'storage/v1.CSIDriver',
  needsVersion: true,
  warnings: ({ spec }, old) =>
    (spec.tokenRequests ?? []).length > 0 &&
    spec.serviceAccountTokenInSecrets === undefined &&
    !deepEqual(old?.spec.tokenRequests, spec.tokenRequests)
      ? [TOKENS_MAY_BE_LOGGED]
      : [],
  defaults: defaultCsiDriver,
  columns: [
    nameColumn,
    { name: 'AttachRequired', type: 'boolean', cell: ({ spec }) => spec.attachRequired ?? true },
    { name: 'PodInfoOnMount', type: 'boolean', cell: ({ spec }) => spec.podInfoOnMount ?? false },
    { name: 'StorageCapacity', type: 'boolean', cell: ({ spec }) => spec.storageCapacity ?? false },
    {
      name: 'TokenRequests',
      type: 'string',
      cell: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    },
    { name: 'RequiresRepublish', type: 'boolean', cell: ({ spec }) => spec.requiresRepublish ?? false },
    { name: 'Modes', type: 'string', cell: ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>' },
    ageColumn,
  ],
  validate,
  validateUpdate,
})
