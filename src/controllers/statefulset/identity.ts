// Owns the identity of the pods of a stateful set: ordinals, names, labels, host names, claims. Pure.
// Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go.
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  StatefulSet,
} from '../../../generated/kubernetes.d.ts'
import { deepCopy } from '../../base/json.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { REVISION_HASH, templateOf } from '../history/revision.ts'
import { podFromTemplate } from '../objects/template.ts'

const POD_NAME = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX = 'apps.kubernetes.io/pod-index'

/** Desired pods; 1 when the manifest does not say. */
export function sizeOf({ spec }: StatefulSet): number {
  return spec.replicas ?? 1
}

/** The ordinal of the first pod. */
export function startOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0
}

/** The ordinal of a pod of the set by its name; undefined for a pod that is named otherwise. */
export function ordinalOf(set: StatefulSet, name: string): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(name)
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined
}

/** True when the set is to have a pod of that ordinal. */
export function isWanted(set: StatefulSet, ordinal: number): boolean {
  return ordinal >= startOf(set) && ordinal < startOf(set) + sizeOf(set)
}

/** True for ordinals that a partition keeps at the revision before. */
export function isHeldBack(set: StatefulSet, ordinal: number): boolean {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {}
  return type === 'RollingUpdate' && ordinal < startOf(set) + (rollingUpdate?.partition ?? 0)
}

/** The pod of an ordinal as a revision has it. */
export function podOf(set: StatefulSet, ordinal: number, revision: ControllerRevision): Draft<Pod> {
  const template: PodTemplateSpec = templateOf(revision) ?? set.spec.template
  const draft = podFromTemplate(template, set)
  const name = `${set.metadata.name}-${ordinal}`
  const labels = {
    ...draft.metadata.labels,
    [REVISION_HASH]: revision.metadata.name,
    ...identityLabels(name, ordinal),
  }
  const subdomain = set.spec.serviceName
  return {
    ...draft,
    metadata: { ...draft.metadata, name, labels },
    spec: {
      ...draft.spec,
      hostname: name,
      ...(subdomain ? { subdomain } : {}),
      ...withClaims(set, ordinal, draft.spec.volumes),
    },
  }
}

function withClaims(
  set: StatefulSet,
  ordinal: number,
  volumes: Pod['spec']['volumes'] = [],
): Pick<Pod['spec'], 'volumes'> {
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
  }))
  // A volume of the template by the name of a claim gives way to it.
  const others = volumes.filter(({ name }) => !claims.some((claim) => claim.name === name))
  return claims.length + others.length === 0 ? {} : { volumes: [...claims, ...others] }
}

function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [POD_NAME]: name, [POD_INDEX]: String(ordinal) }
}

/** The labels of a pod with its identity put back; undefined when nothing is missing. */
export function restoredLabels(pod: Pod, ordinal: number): Record<string, string> | undefined {
  const { name, labels = {} } = pod.metadata
  const wanted = identityLabels(name, ordinal)
  const isWhole = Object.entries(wanted).every(([key, value]) => labels[key] === value)
  return isWhole ? undefined : { ...labels, ...wanted }
}

/** The name of the revision that a pod was made of. */
export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_HASH] ?? ''
}

function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`
}

/** The claims of the pod of an ordinal, as its set wants them made. */
export function claimsOf(set: StatefulSet, ordinal: number): Draft<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { status: _status, metadata, spec } = deepCopy(template)
    const { annotations, labels } = metadata
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(set, metadata.name, ordinal),
        namespace: set.metadata.namespace ?? '',
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations ? { annotations } : {}),
      },
      spec: spec ?? {},
    }
  })
}
