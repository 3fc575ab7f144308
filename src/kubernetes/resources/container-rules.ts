// Owns rules of containers that look at several of their fields at once: ports of the node, and when they are resized in place.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { Container, PodSpec } from '../../../generated/kubernetes.d.ts'
import { duplicate, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { validateSecurity } from './security-rules.ts'

const NEVER_RESTARTED = "must be 'NotRequired' when `restartPolicy` is 'Never'"

/** Findings for who a container of the pod runs as, and for when it is resized in place. */
export function validateContainerFields(container: Container, path: string, pod: PodSpec): FieldError[] {
  const { resizePolicy = [], securityContext: security } = container
  const resized = resizePolicy.map(({ resourceName }) => resourceName)
  return [
    ...resizePolicy.flatMap(({ resourceName, restartPolicy }, i) => [
      ...(resized.indexOf(resourceName) < i ? [duplicate(`${path}.resizePolicy[${i}]`, resourceName)] : []),
      ...oneOf(`${path}.resizePolicy`, resourceName, ['cpu', 'memory']),
      ...oneOf(`${path}.resizePolicy`, restartPolicy, ['NotRequired', 'RestartContainer']),
      ...(pod.restartPolicy === 'Never' && restartPolicy !== 'NotRequired'
        ? [invalid(`${path}.resizePolicy`, restartPolicy ?? '', NEVER_RESTARTED)]
        : []),
    ]),
    ...(security ? validateSecurity(security, `${path}.securityContext`, pod.hostUsers !== false) : []),
  ]
}

function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(field)]
  return supported.includes(value) ? [] : [unsupported(field, value, supported)]
}

/** Findings for ports of the node, each of which is taken once. */
export function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort, protocol = 'TCP', hostIP = '' }, port): FieldError[] => {
      if (!hostPort) return []
      const name = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(name)) return [duplicate(`${path}[${container}].ports[${port}].hostPort`, name)]
      taken.add(name)
      return []
    }),
  )
}

/** Findings for ports of containers that share the network of their node: there they are the node's own. */
export function validateHostNetwork({ containers, hostNetwork }: PodSpec, path: string): FieldError[] {
  if (!hostNetwork) return []
  // Those of a body that nobody has looked at yet may be missing.
  return (containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort, containerPort }, port) =>
      hostPort && hostPort !== containerPort
        ? [
            invalid(
              `${path}.containers[${container}].ports[${port}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
  )
}
