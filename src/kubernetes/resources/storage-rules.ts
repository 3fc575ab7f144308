// Owns the rules and cells that the kinds of storage share: access modes, driver names, parameters, topology.
// Source: kubernetes pkg/apis/core/validation and pkg/apis/storage/validation.
import type { StorageClass } from '../../../generated/kubernetes.d.ts'
import { duplicate, forbidden, invalid, required, tooLong, unsupported } from './field-error.ts'
import type { FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { nameProblems, validateQualifiedName } from './naming.ts'

type TopologyTerm = NonNullable<StorageClass['allowedTopologies']>[number]

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const VOLUME_MODES = ['Block', 'Filesystem']

// In the order in which they are printed (pkg/apis/core/v1/helper GetAccessModesAsString).
const SHORT_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const

/** `RWO,ROX`: access modes as kubectl prints them. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return SHORT_MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',')
}

/** Findings for access modes; that there are none is said by `missing`. */
export function validateAccessModes(
  modes: readonly string[],
  missing: string | undefined,
  path = 'spec.accessModes',
): FieldError[] {
  const known = modes.filter((mode) => ACCESS_MODES.includes(mode))
  const isMixed = known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')
  return [
    ...(modes.length === 0 ? [required(path, missing)] : []),
    ...modes
      .filter((mode) => !ACCESS_MODES.includes(mode))
      .map((mode) => unsupported(path, mode, ACCESS_MODES)),
    ...(isMixed ? [forbidden(path, 'may not use ReadWriteOncePod with other access modes')] : []),
  ]
}

const MAXIMUM_DRIVER_NAME = 63

/** Findings for the name of a CSI driver in a field. */
export function validateDriverName(field: string, driver: string): FieldError[] {
  if (driver === '') return [required(field)]
  return [
    ...(driver.length > MAXIMUM_DRIVER_NAME ? [tooLong(field, MAXIMUM_DRIVER_NAME)] : []),
    ...nameProblems(driver.toLowerCase(), 'subdomain').map((problem) => invalid(field, driver, problem)),
  ]
}

/** Findings for what provisions volumes: a qualified name. */
export function validateProvisioner(field: string, provisioner: string): FieldError[] {
  if (provisioner === '') return [required(field)]
  return validateQualifiedName(field, provisioner.toLowerCase())
}

/** Findings for the name of a class, where one is set. */
export function validateClassName(field: string, name: string | undefined): FieldError[] {
  return name ? namedBy(field, name, 'subdomain') : []
}

/** Findings for the topologies that a class allows. */
export function validateTopologies(terms: readonly TopologyTerm[], path: string): FieldError[] {
  return terms.flatMap(({ matchLabelExpressions = [] }, i) => {
    const keys = matchLabelExpressions.map(({ key }) => key)
    return matchLabelExpressions.flatMap(({ key, values }, j) => {
      const at = `${path}[${i}].matchLabelExpressions[${j}]`
      return [
        ...(values.length === 0 ? [required(`${at}.values`)] : []),
        ...values.flatMap((value, k) =>
          values.indexOf(value) < k ? [duplicate(`${at}.values[${k}]`, value)] : [],
        ),
        ...validateQualifiedName(`${at}.key`, key),
        ...(keys.indexOf(key) < j ? [duplicate(`${at}.key`, key)] : []),
      ]
    })
  })
}
