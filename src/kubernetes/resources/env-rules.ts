// Owns the rules for variables of containers and for what they are taken from, downward API files included.
// Source: kubernetes pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom, validateObjectFieldSelector,
// validateContainerResourceFieldSelector), pkg/apis/core/pods/helpers.go.
import type {
  Container,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  PodSpec,
  ResourceFieldSelector,
} from '../../../generated/kubernetes.d.ts'
import { parseMilli } from '../../base/quantity.ts'
import { invalid, notFoundValue, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { validateName, validateQualifiedName } from './naming.ts'
import { noBacksteps } from './path-rules.ts'

/** What variables may take from their pod. */
const VARIABLE_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
/** What files may take from their pod. */
export const FILE_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
/** What the API knows beside those, by a field selector's name. */
const KNOWN_FIELDS = new Set([
  ...VARIABLE_FIELDS,
  ...FILE_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.host',
  'status.phase',
])
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const SIZES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const DIVISORS = [
  { of: /^(?:limits|requests)\.cpu$/, values: ['1m', '1'], list: '1m and 1', name: 'cpu' },
  { of: /^(?:limits|requests)\.memory$/, values: SIZES, list: SIZES.join(', '), name: 'memory' },
  {
    of: /^(?:limits|requests)\.ephemeral-storage$/,
    values: SIZES,
    list: SIZES.join(', '),
    name: 'local ephemeral storage',
  },
  { of: /^(?:limits|requests)\.hugepages-/, values: SIZES, list: SIZES.join(', '), name: 'hugepages' },
]

/** Findings for the variables of a container at `path`. */
export function validateEnvironment({ env = [], envFrom = [] }: Container, path: string): FieldError[] {
  return [
    ...env.flatMap((variable, i) => validateVariable(variable, `${path}.env[${i}]`)),
    ...envFrom.flatMap((source, i) => validateWhole(source, `${path}.envFrom`, i)),
  ]
}

function validateVariable({ name, value, valueFrom }: EnvVar, at: string): FieldError[] {
  const errors = validateName(`${at}.name`, name, 'envName')
  return valueFrom ? [...errors, ...validateSource(valueFrom, value, `${at}.valueFrom`)] : errors
}

function validateSource(source: EnvVarSource, value: string | undefined, at: string): FieldError[] {
  const { fieldRef, resourceFieldRef: resource, configMapKeyRef, secretKeyRef, fileKeyRef } = source
  const given = Object.values(source).filter((item) => item !== undefined).length
  const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
  const problem =
    given === 0
      ? `must specify one of: ${names}`
      : value
        ? 'may not be specified when `value` is not empty'
        : given > 1
          ? 'may not have more than one field specified at a time'
          : undefined
  return [
    ...(fieldRef ? fieldErrors(fieldRef, VARIABLE_FIELDS, `${at}.fieldRef`) : []),
    ...(resource ? resourceErrors(resource, `${at}.resourceFieldRef`, false) : []),
    ...(configMapKeyRef ? keyErrors(configMapKeyRef, `${at}.configMapKeyRef`) : []),
    ...(secretKeyRef ? keyErrors(secretKeyRef, `${at}.secretKeyRef`) : []),
    ...(fileKeyRef ? fileKeyErrors(fileKeyRef, `${at}.fileKeyRef`) : []),
    ...(problem ? [invalid(at, '', problem)] : []),
  ]
}

function keyErrors({ name = '', key }: { name?: string; key: string }, at: string): FieldError[] {
  return [...namedBy(`${at}.name`, name, 'subdomain'), ...validateName(`${at}.key`, key, 'configKey')]
}

function fileKeyErrors({ key, volumeName, path }: FileKeySelector, at: string): FieldError[] {
  return [
    ...validateName(`${at}.key`, key, 'envName'),
    ...validateName(`${at}.volumeName`, volumeName, 'label'),
    ...(path ? noBacksteps(`${at}.path`, path) : [required(`${at}.path`)]),
  ]
}

// All keys of an object. What is wrong with the number of sources is said of the list.
function validateWhole(source: EnvFromSource, path: string, index: number): FieldError[] {
  const { prefix, configMapRef, secretRef } = source
  const at = `${path}[${index}]`
  const name = (field: 'configMapRef' | 'secretRef'): FieldError[] =>
    source[field] ? validateName(`${at}.${field}.name`, source[field].name ?? '', 'subdomain') : []
  return [
    ...(prefix ? namedBy(`${at}.prefix`, prefix, 'envName') : []),
    ...name('configMapRef'),
    ...name('secretRef'),
    ...(configMapRef || secretRef
      ? []
      : [invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`')]),
    ...(configMapRef && secretRef
      ? [invalid(path, '', 'may not have more than one field specified at a time')]
      : []),
  ]
}

/** Findings for a field of the pod at `at`, of those that `supported` lists, labels and annotations by key besides. */
export function fieldErrors(
  { apiVersion = 'v1', fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
  at: string,
): FieldError[] {
  if (!apiVersion) return [required(`${at}.apiVersion`)]
  if (!fieldPath) return [required(`${at}.fieldPath`)]
  const failed = (problem: string): FieldError[] => [
    invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`),
  ]
  if (apiVersion !== 'v1') return failed(`unsupported pod version: ${apiVersion}`)
  const [, base = '', key = ''] = /^(.*)\['(.*)'\]$/s.exec(fieldPath) ?? []
  if (base) {
    if (base === 'metadata.labels') return validateQualifiedName(at, key)
    if (base === 'metadata.annotations') return validateQualifiedName(at, key.toLowerCase())
    return failed(`field label does not support subscript: ${fieldPath}`)
  }
  if (!KNOWN_FIELDS.has(fieldPath)) return failed(`field label not supported: ${fieldPath}`)
  const path = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  return supported.includes(path) ? [] : [unsupported(`${at}.fieldPath`, path, supported)]
}

/** Findings for an amount of a container's resources; files say whose they are. */
export function resourceErrors(
  { containerName, resource, divisor }: ResourceFieldSelector,
  at: string,
  isFile: boolean,
): FieldError[] {
  const isKnown = RESOURCES.includes(resource) || /^(?:limits|requests)\.hugepages-/.test(resource)
  const named =
    isFile && !containerName
      ? [required(`${at}.containerName`)]
      : !resource
        ? [required(`${at}.resource`)]
        : isKnown
          ? []
          : [unsupported(`${at}.resource`, resource, RESOURCES)]
  return [...named, ...divisorErrors(resource, divisor, at)]
}

function divisorErrors(resource: string, divisor: string | undefined, at: string): FieldError[] {
  if (divisor === undefined || parseMilli(divisor) === 0n) return []
  const rule = DIVISORS.find(({ of }) => of.test(resource))
  if (!rule || rule.values.includes(divisor)) return []
  const detail = `only divisor's values ${rule.list} are supported with the ${rule.name} resource`
  return [invalid(`${at}.divisor`, resource, detail)]
}

/** Findings for variables from files: those are written to volumes of the pod that begin empty. */
export function validateFileVolumes(spec: PodSpec, path: string): FieldError[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  return lists.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ env = [] }, container) =>
      env.flatMap(({ valueFrom }, i): FieldError[] => {
        const name = valueFrom?.fileKeyRef?.volumeName
        if (name === undefined) return []
        const at = `${path}.${list}[${container}].env[${i}].valueFrom.fileKeyRef.volumeName`
        const volume = spec.volumes?.find((item) => item.name === name)
        if (!volume) return [notFoundValue(at, name)]
        return volume.emptyDir ? [] : [invalid(at, name, 'referenced volume must be of type emptyDir')]
      }),
    ),
  )
}
