// Owns the rules for pod specs, shared by pods and by everything with a pod template.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { PodSpec, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { validateHostNetwork, validatePodSecurity } from './container-rules.ts'
import { validateContainers, validateResources } from './container-spec.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { choice } from './field-rules.ts'
import { validateIp } from './ip-rules.ts'
import { nameProblems, validateAnnotations, validateLabels, validateQualifiedName } from './naming.ts'
import { validatePlacement } from './placement-rules.ts'
import {
  validateDnsConfig,
  validateHostName,
  validateLabelling,
  validateRuntimeClassName,
} from './pod-name-rules.ts'
import { validateVolumes } from './volume-rules.ts'

/** Findings for a pod spec at `path`, e.g. `spec` or `spec.template.spec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateContainers(spec, path),
    ...choice(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...choice(`${path}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...validateLabels(`${path}.nodeSelector`, spec.nodeSelector),
    ...validateDnsConfig(spec, path),
    ...validateHostName(spec, path),
    ...optionalName(`${path}.serviceAccountName`, spec.serviceAccountName),
    ...optionalName(`${path}.nodeName`, spec.nodeName),
    ...optionalName(`${path}.priorityClassName`, spec.priorityClassName),
    ...validateRuntimeClassName(spec.runtimeClassName, path),
    ...validatePlacement(spec, path),
    ...validateIdentity(spec, path),
    ...validateHostNetwork(spec, path),
    ...validatePodSecurity(spec, path),
    ...validateLabelling(spec, path),
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
    ...(spec.hostUsers === false && spec.hostNetwork
      ? [forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false')]
      : []),
    ...(spec.os ? choice(`${path}.os`, spec.os.name, ['linux', 'windows']) : []),
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

function positive(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 1
    ? [invalid(field, value, 'must be between 1 and 2147483647, inclusive')]
    : []
}

function optionalName(field: string, name: string | undefined): FieldError[] {
  return name ? nameProblems(name, 'subdomain').map((problem) => invalid(field, name, problem)) : []
}
