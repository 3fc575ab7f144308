// Owns the rules for pod specs, shared by pods and by everything with a pod template.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { Container, EnvVar, PodSpec, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli, QuantityError } from '../../base/quantity.ts'
import {
  validateContainerFields,
  validateDevices,
  validateHostPorts,
  validatePodSecurity,
} from './container-rules.ts'
import { duplicate, forbidden, invalid, notFoundValue, required, unsupported } from './field-error.ts'
import type { FieldError } from './field-error.ts'
import {
  nameProblems,
  validateAnnotations,
  validateLabels,
  validateName,
  validateQualifiedName,
} from './naming.ts'
import { validateIp } from './ip-rules.ts'
import { validatePlacement } from './placement-rules.ts'
import { isPort, portNameErrors } from './port-rules.ts'
import { validateProbes } from './probe-rules.ts'
import { validateVolumes } from './volume-rules.ts'

const portRange = 'must be between 1 and 65535, inclusive'
const nonNegative = 'must be greater than or equal to 0'
const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage'])

// Only an init container that keeps running, a sidecar, can be probed.
function withoutProbes(container: Container, path: string): FieldError[] {
  if (container.restartPolicy === 'Always') return []
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
  const detail = 'may not be set for init containers without restartPolicy=Always'
  return probes.flatMap((probe) => (container[probe] ? [forbidden(`${path}.${probe}`, detail)] : []))
}

/** Findings for a pod spec at `path`, e.g. `spec` or `spec.template.spec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const pod = {
    volumes: new Set((spec.volumes ?? []).map(({ name }) => name)),
    hostUsers: spec.hostUsers !== false,
  }
  const containers = spec.containers ?? []
  const initContainers = spec.initContainers ?? []
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...containers.flatMap((item, i) => validateContainer(item, `${path}.containers[${i}]`, pod)),
    ...initContainers.flatMap((item, i) => validateContainer(item, `${path}.initContainers[${i}]`, pod)),
    ...(spec.ephemeralContainers ?? []).flatMap((item, i) =>
      validateContainer(item, `${path}.ephemeralContainers[${i}]`, pod),
    ),
    ...initContainers.flatMap((item, i) => withoutProbes(item, `${path}.initContainers[${i}]`)),
    ...duplicateNames(containers, initContainers, path),
    ...validateHostPorts(spec, path),
    ...choice(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...choice(`${path}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...validateLabels(`${path}.nodeSelector`, spec.nodeSelector),
    ...optionalName(`${path}.serviceAccountName`, spec.serviceAccountName),
    ...optionalName(`${path}.nodeName`, spec.nodeName),
    ...optionalName(`${path}.priorityClassName`, spec.priorityClassName),
    ...validatePlacement(spec, path),
    ...validateIdentity(spec, path),
    ...validatePodSecurity(spec, path),
    ...validateResources(spec.resources, `${path}.resources`),
    ...positive(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
  ]
}

/** Findings for names and addresses, and for what a pod may not combine. */
function validateIdentity(spec: PodSpec, path: string): FieldError[] {
  const label = (field: string, value: string | undefined): FieldError[] =>
    value ? nameProblems(value, 'label').map((problem) => invalid(`${path}.${field}`, value, problem)) : []
  return [
    ...label('hostname', spec.hostname),
    ...label('subdomain', spec.subdomain),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => validateIp(`${path}.hostAliases[${i}].ip`, ip)),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      validateQualifiedName(`${path}.readinessGates[${i}].conditionType`, conditionType),
    ),
    ...(spec.dnsPolicy === 'None' && !spec.dnsConfig
      ? [required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')]
      : []),
    ...(spec.hostUsers === false && spec.hostNetwork
      ? [forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false')]
      : []),
    ...(spec.os ? choice(`${path}.os`, spec.os.name, ['linux', 'windows']) : []),
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

/** What the rules of a container know of its pod. */
interface PodOfContainer {
  readonly volumes: ReadonlySet<string>
  readonly hostUsers: boolean
}

function validateContainer(container: Container, path: string, pod: PodOfContainer): FieldError[] {
  return [
    ...validateName(`${path}.name`, container.name ?? '', 'label'),
    ...(container.image?.trim() ? [] : [required(`${path}.image`)]),
    ...(container.image && container.image !== container.image.trim()
      ? [invalid(`${path}.image`, container.image, 'must not have leading or trailing whitespace')]
      : []),
    ...choice(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...choice(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validatePorts(container, path),
    ...(container.env ?? []).flatMap((variable, i) => validateVariable(variable, `${path}.env[${i}]`)),
    ...validateMounts(container, path, pod.volumes),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateProbes(container, path),
    ...validateContainerFields(container, path, pod.hostUsers),
  ]
}

function validateVariable({ name, value, valueFrom }: EnvVar, at: string): FieldError[] {
  const errors = name
    ? nameProblems(name, 'envName').map((problem) => invalid(`${at}.name`, name, problem))
    : [required(`${at}.name`)]
  if (!valueFrom) return errors
  const sources = Object.values(valueFrom).filter((source) => source !== undefined).length
  if (sources === 0) {
    const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    errors.push(invalid(`${at}.valueFrom`, '', `must specify one of: ${names}`))
  }
  if (value && sources > 0) {
    errors.push(invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'))
  }
  return errors
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

function validateMounts(container: Container, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>()
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${path}.volumeMounts[${i}]`
    const errors: FieldError[] = []
    if (!mount.name) errors.push(required(`${at}.name`))
    else if (!volumes.has(mount.name)) errors.push(notFoundValue(`${at}.name`, mount.name))
    if (mount.subPath?.split('/').includes('..')) {
      errors.push(invalid(`${path}.volumeMounts.subPath`, mount.subPath, "must not contain '..'"))
    }
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`))
    else if (paths.has(mount.mountPath))
      errors.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'))
    paths.add(mount.mountPath)
    return errors
  })
}

function validateResources(resources: Container['resources'] = {}, path: string): FieldError[] {
  const { limits = {}, requests = {} } = resources
  const errors = [
    ...Object.entries(limits).flatMap(([name, value]) => quantityErrors(`${path}.limits`, name, value)),
    ...Object.entries(requests).flatMap(([name, value]) => quantityErrors(`${path}.requests`, name, value)),
  ]
  if (errors.length > 0) return errors
  errors.push(...validateDevices(resources, path))
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

/** Findings for an amount of a resource of containers, e.g. at `spec.containers[0].resources.limits`. */
export function quantityErrors(path: string, name: string, value: string): FieldError[] {
  const at = `${path}[${name}]`
  const errors = validateQualifiedName(at, name)
  if (!name.includes('/') && !standardResources.has(name) && !name.startsWith('hugepages-')) {
    errors.push(invalid(at, name, 'must be a standard resource type or fully qualified'))
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

/** Findings for any pod template: labels, annotations, pod spec. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  const { metadata, spec } = template ?? {}
  return [
    ...validateLabels(`${path}.labels`, metadata?.labels),
    ...validateAnnotations(`${path}.annotations`, metadata?.annotations),
    ...(spec ? validatePodSpec(spec, `${path}.spec`) : [required(`${path}.spec.containers`)]),
  ]
}

/** Findings for the template of a controller whose pods always restart. */
export function validateTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  owner: 'ReplicaSet' | 'ReplicationController' | 'StatefulSet' | 'DaemonSet',
): FieldError[] {
  const errors = validatePodTemplate(template, path)
  const spec = template?.spec
  if (spec?.restartPolicy && spec.restartPolicy !== 'Always') {
    errors.push(unsupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']))
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`),
    )
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
