// Owns the rules for the containers of a pod spec: regular, init and ephemeral ones.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go (validateContainers,
// validateInitContainers, validateContainerCommon).
import type { Container, PodSpec } from '../../../generated/kubernetes.d.ts'
import { validateContainerFields, validateHostPorts } from './container-rules.ts'
import { validateEnvironment, validateFileVolumes } from './env-rules.ts'
import { duplicate, forbidden, invalid, required, type FieldError } from './field-error.ts'
import { choice } from './field-rules.ts'
import { validateMounts } from './mount-rules.ts'
import { validateName } from './naming.ts'
import { isPort, portNameErrors } from './port-rules.ts'
import { validateProbes } from './probe-rules.ts'
import { validateResources } from './resource-rules.ts'
import { validateRestart } from './restart-rules.ts'

const portRange = 'must be between 1 and 65535, inclusive'

/** Findings for all containers of a pod spec at `path`. */
export function validateContainers(spec: PodSpec, path: string): FieldError[] {
  const { initContainers = [], ephemeralContainers = [] } = spec
  // A body that nobody has looked at yet may have none.
  const containers = spec.containers ?? []
  const taken = new Set<string>()
  return [
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...containers.flatMap((container, i) => {
      const at = `${path}.containers[${i}]`
      return [
        ...validateContainer(container, at, spec),
        ...nameOnce(container, at, taken),
        ...validateProbes(container, at, spec),
        ...validateRestart(container, at),
      ]
    }),
    ...validateHostPorts(containers, `${path}.containers`),
    ...initContainers.flatMap((container, i) =>
      validateInit(container, { at: `${path}.initContainers[${i}]`, spec, taken }),
    ),
    ...ephemeralContainers.flatMap((container, i) =>
      validateContainer(container, `${path}.ephemeralContainers[${i}]`, spec),
    ),
    ...validateFileVolumes(spec, path),
  ]
}

interface InitPlace {
  readonly at: string
  readonly spec: PodSpec
  /** Names of the containers before it. */
  readonly taken: Set<string>
}

function validateInit(container: Container, { at, spec, taken }: InitPlace): FieldError[] {
  const detail = 'may not be set for init containers without restartPolicy=Always'
  const fields = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const
  return [
    ...validateContainer(container, at, spec),
    ...validateRestart(container, at),
    ...nameOnce(container, at, taken),
    ...validateHostPorts([container], at.replace(/\[\d+\]$/, '')),
    // Only one that keeps running, a sidecar, can be probed.
    ...(container.restartPolicy === 'Always'
      ? validateProbes(container, at, spec)
      : fields.flatMap((field) => (container[field] ? [forbidden(`${at}.${field}`, detail)] : []))),
  ]
}

function nameOnce({ name }: Container, at: string, taken: Set<string>): FieldError[] {
  if (!name) return []
  if (taken.has(name)) return [duplicate(`${at}.name`, name)]
  taken.add(name)
  return []
}

function validateContainer(container: Container, path: string, spec: PodSpec): FieldError[] {
  return [
    ...validateName(`${path}.name`, container.name ?? '', 'label'),
    ...(container.image?.trim() ? [] : [required(`${path}.image`)]),
    ...(container.image && container.image !== container.image.trim()
      ? [invalid(`${path}.image`, container.image, 'must not have leading or trailing whitespace')]
      : []),
    ...choice(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validatePorts(container, path),
    ...validateEnvironment(container, path),
    ...validateMounts(container, path, spec.volumes ?? []),
    ...choice(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(container.resources, `${path}.resources`, spec.resourceClaims),
    ...validateContainerFields(container, path, spec),
  ]
}

function validatePorts(container: Container, path: string): FieldError[] {
  const names = new Set<string>()
  return (container.ports ?? []).flatMap((port, i) => {
    const at = `${path}.ports[${i}]`
    const errors: FieldError[] = []
    if (port.name) {
      errors.push(...portNameErrors(`${at}.name`, port.name))
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name))
      names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`))
    else if (!isPort(port.containerPort))
      errors.push(invalid(`${at}.containerPort`, port.containerPort, portRange))
    if (port.hostPort && !isPort(port.hostPort))
      errors.push(invalid(`${at}.hostPort`, port.hostPort, portRange))
    return [...errors, ...choice(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])]
  })
}
