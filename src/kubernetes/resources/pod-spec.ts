// Owns the rules for pod specs, shared by pods and by everything with a pod template.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { PodSpec, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { validateHostNetwork } from './container-rules.ts'
import { validateContainers } from './container-spec.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { validateIp } from './ip-rules.ts'
import { nameProblems, validateAnnotations, validateLabels, validateQualifiedName } from './naming.ts'
import { validatePlacement } from './placement-rules.ts'
import { validateDnsConfig, validateHostName, validateRuntimeClassName } from './pod-name-rules.ts'
import { validateOverhead, validatePodResources, validateResourceClaims } from './resource-rules.ts'
import { validatePodSecurity } from './security-rules.ts'
import { validateVolumes } from './volume-rules.ts'
import { validateHostProcesses, validateSystem } from './windows-rules.ts'

/** Findings for a pod spec at `path`, e.g. `spec` or `spec.template.spec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const preemption: string | undefined = spec.preemptionPolicy
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateResourceClaims(spec.resourceClaims, `${path}.resourceClaims`),
    ...validateContainers(spec, path),
    ...validatePodResources(spec, path),
    ...validateHostNetwork(spec, path),
    ...choice(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...choice(`${path}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...validateLabels(`${path}.nodeSelector`, spec.nodeSelector),
    ...validatePodSecurity(spec, path),
    ...validateDnsConfig(spec, path),
    ...validateHostName(spec, path),
    ...optionalName(`${path}.serviceAccountName`, spec.serviceAccountName),
    ...optionalName(`${path}.nodeName`, spec.nodeName),
    ...optionalName(`${path}.priorityClassName`, spec.priorityClassName),
    ...validateRuntimeClassName(spec.runtimeClassName, path),
    ...validatePlacement(spec, path),
    ...validateHostProcesses(spec, path),
    ...validateIdentity(spec, path),
    ...deadlineErrors(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...(preemption === '' ? [required(`${path}.preemptionPolicy`)] : []),
    ...(preemption ? choice(`${path}.preemptionPolicy`, preemption, ['PreemptLowerPriority', 'Never']) : []),
    ...validateOverhead(spec.overhead, `${path}.overhead`),
    ...validateSystem(spec, path),
  ]
}

/** Findings for names and addresses, and for what a pod may not combine. */
function validateIdentity(spec: PodSpec, path: string): FieldError[] {
  const label = (field: string, value: string | undefined): FieldError[] =>
    value ? nameProblems(value, 'label').map((problem) => invalid(`${path}.${field}`, value, problem)) : []
  return [
    ...label('hostname', spec.hostname),
    ...label('subdomain', spec.subdomain),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }, i) => {
      const at = `${path}.hostAliases[${i}]`
      return [
        ...validateIp(`${at}.ip`, ip),
        ...hostnames.flatMap((name, h) => namedBy(`${at}.hostnames[${h}]`, name, 'subdomain')),
      ]
    }),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      validateQualifiedName(`${path}.readinessGates[${i}].conditionType`, conditionType),
    ),
    ...(spec.hostUsers === false ? sharedErrors(spec, path) : []),
  ]
}

// Users of a pod that has its own are nobody in what it would share with its node; the capitals are Kubernetes' own.
function sharedErrors(spec: PodSpec, path: string): FieldError[] {
  const text = 'when `hostUsers` is false'
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  return [
    ...(spec.hostNetwork ? [forbidden(`${path}.hostNetwork`, text)] : []),
    ...(spec.hostPID ? [forbidden(`${path}.HostPID`, text)] : []),
    ...(spec.hostIPC ? [forbidden(`${path}.HostIPC`, text)] : []),
    ...lists.flatMap((list) =>
      (spec[list] ?? []).flatMap(({ volumeDevices = [] }, i) =>
        volumeDevices.length > 0 ? [forbidden(`${path}.${list}[${i}].volumeDevices`, text)] : [],
      ),
    ),
  ]
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

const LONGEST_SECONDS = 2 ** 31 - 1

function deadlineErrors(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && (value < 1 || value > LONGEST_SECONDS)
    ? [invalid(field, value, 'must be between 1 and 2147483647, inclusive')]
    : []
}

function optionalName(field: string, name: string | undefined): FieldError[] {
  return name ? nameProblems(name, 'subdomain').map((problem) => invalid(field, name, problem)) : []
}
