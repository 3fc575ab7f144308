// Owns the rules for pod specs, shared by pods and by everything with a pod template.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { Container, PodSpec, PodTemplateSpec, Volume } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli, QuantityError } from '../../base/quantity.ts'
import { duplicate, forbidden, invalid, notFoundValue, required, unsupported } from './field-error.ts'
import type { FieldError } from './field-error.ts'
import {
  nameProblems,
  validateAnnotations,
  validateLabels,
  validateName,
  validateQualifiedName,
} from './naming.ts'

const MAXIMUM_PORT = 65535
const portRange = 'must be between 1 and 65535, inclusive'
const nonNegative = 'must be greater than or equal to 0'
const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** Findings for a pod spec at `path`, e.g. `spec` or `spec.template.spec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name))
  const containers = spec.containers ?? []
  const initContainers = spec.initContainers ?? []
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...containers.flatMap((item, i) => validateContainer(item, `${path}.containers[${i}]`, volumes)),
    ...initContainers.flatMap((item, i) => validateContainer(item, `${path}.initContainers[${i}]`, volumes)),
    ...duplicateNames(containers, initContainers, path),
    ...choice(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...choice(`${path}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirst',
      'ClusterFirstWithHostNet',
      'Default',
      'None',
    ]),
    ...validateLabels(`${path}.nodeSelector`, spec.nodeSelector),
    ...optionalName(`${path}.serviceAccountName`, spec.serviceAccountName),
    ...optionalName(`${path}.nodeName`, spec.nodeName),
    ...optionalName(`${path}.priorityClassName`, spec.priorityClassName),
    ...validateTolerations(spec, path),
    ...positive(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...atLeastZero(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
  ]
}

function duplicateNames(
  containers: readonly Container[],
  initContainers: readonly Container[],
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  const check = (list: readonly Container[], field: string): FieldError[] =>
    list.flatMap(({ name }, i) => {
      if (!name) return []
      if (seen.has(name)) return [duplicate(`${path}.${field}[${i}].name`, name)]
      seen.add(name)
      return []
    })
  return [...check(containers, 'containers'), ...check(initContainers, 'initContainers')]
}

function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const seen = new Set<string>()
  return volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`
    const errors = volume.name
      ? nameProblems(volume.name, 'label').map((problem) => invalid(`${at}.name`, volume.name, problem))
      : [required(`${at}.name`)]
    if (seen.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name))
    seen.add(volume.name)
    const sources = Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined)
    if (sources.length === 0) errors.push(required(at, 'must specify a volume type'))
    for (const [key] of sources.slice(1)) {
      errors.push(forbidden(`${at}.${key}`, 'may not specify more than 1 volume type'))
    }
    return errors
  })
}

function validateContainer(container: Container, path: string, volumes: ReadonlySet<string>): FieldError[] {
  return [
    ...validateName(`${path}.name`, container.name ?? '', 'label'),
    ...(container.image?.trim() ? [] : [required(`${path}.image`)]),
    ...(container.image && container.image !== container.image.trim()
      ? [invalid(`${path}.image`, container.image, 'must not have leading or trailing whitespace')]
      : []),
    ...choice(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...choice(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...validatePorts(container, path),
    ...(container.env ?? []).flatMap(({ name }, i) => {
      if (!name) return [required(`${path}.env[${i}].name`)]
      return nameProblems(name, 'envName').map((problem) => invalid(`${path}.env[${i}].name`, name, problem))
    }),
    ...validateMounts(container, path, volumes),
    ...validateResources(container, `${path}.resources`),
  ]
}

function validatePorts(container: Container, path: string): FieldError[] {
  const names = new Set<string>()
  return (container.ports ?? []).flatMap((port, i) => {
    const at = `${path}.ports[${i}]`
    const errors = choice(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])
    if (!port.containerPort) errors.push(required(`${at}.containerPort`))
    else if (!isPort(port.containerPort))
      errors.push(invalid(`${at}.containerPort`, port.containerPort, portRange))
    if (port.hostPort && !isPort(port.hostPort))
      errors.push(invalid(`${at}.hostPort`, port.hostPort, portRange))
    if (port.name) {
      errors.push(...portNameErrors(`${at}.name`, port.name))
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name))
      names.add(port.name)
    }
    return errors
  })
}

/** True for a number that a TCP port can have. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= MAXIMUM_PORT
}

/** Findings for an IANA service name (apimachinery IsValidPortName). */
export function portNameErrors(field: string, name: string): FieldError[] {
  const errors: FieldError[] = []
  if (name.length > 15) errors.push(invalid(field, name, 'must be no more than 15 characters'))
  if (!/^[-a-z0-9]*$/.test(name)) {
    errors.push(
      invalid(field, name, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'),
    )
  }
  if (!/[a-z]/.test(name)) errors.push(invalid(field, name, 'must contain at least one letter (a-z)'))
  if (name.includes('--')) errors.push(invalid(field, name, 'must not contain consecutive hyphens'))
  if (name.startsWith('-') || name.endsWith('-')) {
    errors.push(invalid(field, name, 'must not begin or end with a hyphen'))
  }
  return errors
}

function validateMounts(container: Container, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>()
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${path}.volumeMounts[${i}]`
    const errors: FieldError[] = []
    if (!mount.name) errors.push(required(`${at}.name`))
    else if (!volumes.has(mount.name)) errors.push(notFoundValue(`${at}.name`, mount.name))
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`))
    else if (paths.has(mount.mountPath))
      errors.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'))
    paths.add(mount.mountPath)
    return errors
  })
}

function validateResources(container: Container, path: string): FieldError[] {
  const { limits = {}, requests = {} } = container.resources ?? {}
  const errors = [
    ...Object.entries(limits).flatMap(([name, value]) => quantityErrors(`${path}.limits`, name, value)),
    ...Object.entries(requests).flatMap(([name, value]) => quantityErrors(`${path}.requests`, name, value)),
  ]
  if (errors.length > 0) return errors
  for (const [name, request] of Object.entries(requests)) {
    const limit = own(limits, name)
    if (limit !== undefined && parseMilli(request) > parseMilli(limit)) {
      errors.push(
        invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`),
      )
    }
  }
  return errors
}

function quantityErrors(path: string, name: string, value: string): FieldError[] {
  const at = `${path}[${name}]`
  const errors = validateQualifiedName(at, name)
  if (!name.includes('/') && !standardResources.has(name) && !name.startsWith('hugepages-')) {
    errors.push(invalid(at, name, 'must be a standard resource for containers'))
  }
  try {
    if (parseMilli(value) < 0n) errors.push(invalid(at, value, nonNegative))
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error
    errors.push(invalid(at, value, error.message))
  }
  return errors
}

function validateTolerations(spec: PodSpec, path: string): FieldError[] {
  return (spec.tolerations ?? []).flatMap((toleration, i) => {
    const at = `${path}.tolerations[${i}]`
    const errors: FieldError[] = []
    if (!toleration.key && toleration.operator !== 'Exists') {
      errors.push(
        invalid(
          `${at}.operator`,
          toleration.operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      )
    }
    if (toleration.operator === 'Exists' && toleration.value) {
      errors.push(
        invalid(`${at}.operator`, toleration.value, "value must be empty when `operator` is 'Exists'"),
      )
    }
    return [
      ...errors,
      ...choice(`${at}.effect`, toleration.effect || undefined, [
        'NoSchedule',
        'PreferNoSchedule',
        'NoExecute',
      ]),
    ]
  })
}

/** Findings for the template of a controller: labels, restart policy Always, pod spec. */
export function validateTemplate(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  if (!template) return [required(`${path}.spec.containers`)]
  const { metadata, spec } = template
  const errors = [
    ...validateLabels(`${path}.labels`, metadata?.labels),
    ...validateAnnotations(`${path}.annotations`, metadata?.annotations),
    ...(spec ? validatePodSpec(spec, `${path}.spec`) : [required(`${path}.spec.containers`)]),
  ]
  if (spec?.restartPolicy && spec.restartPolicy !== 'Always') {
    errors.push(unsupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']))
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, 'must not be specified'))
  }
  return errors
}

/** A finding when a value is set and outside the set. */
export function choice(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value === undefined || supported.includes(value)) return []
  return [unsupported(field, value, supported)]
}

/** A finding when a number is set and negative. */
export function atLeastZero(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, nonNegative)] : []
}

function positive(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 1
    ? [invalid(field, value, 'must be between 1 and 2147483647, inclusive')]
    : []
}

function optionalName(field: string, name: string | undefined): FieldError[] {
  return name ? nameProblems(name, 'subdomain').map((problem) => invalid(field, name, problem)) : []
}
