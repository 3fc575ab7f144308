// Owns the subresources of a pod that change a part of its spec: ephemeral containers and the resources of a resize.
// Source: kubernetes pkg/registry/core/pod/strategy.go, pkg/apis/core/validation (ValidatePodEphemeralContainersUpdate,
// ValidatePodResize, validateEphemeralContainers).
import type { Container, EphemeralContainer, Pod } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { duplicate, forbidden, invalid, notFoundValue, type FieldError } from './field-error.ts'
import type { PartRules } from './kind.ts'
import { qosClass } from '../../rules/kubernetes/qos.ts'

const EPHEMERAL = 'spec.ephemeralContainers'
const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const
const NOT_SET = 'cannot be set for an Ephemeral Container'

/** Findings for the ephemeral containers of a pod, beyond what holds for any container. */
export function validateEphemeral({ spec }: Pod): FieldError[] {
  const others = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name)
  const seen = new Set(others)
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${EPHEMERAL}[${i}]`
    const { name, targetContainerName: target } = container
    const errors: FieldError[] = seen.has(name) ? [duplicate(`${at}.name`, name)] : []
    seen.add(name)
    if (target && !others.includes(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target))
    const set = NOT_EPHEMERAL.filter((field) => isSet(container[field]))
    return [
      ...errors,
      ...set.map((field) => forbidden(`${at}.${field}`, NOT_SET)),
      ...subPaths(container, at),
    ]
  })
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value !== undefined && !deepEqual(value, {})
}

function subPaths({ volumeMounts = [] }: EphemeralContainer, at: string): FieldError[] {
  return volumeMounts.flatMap(({ subPath, subPathExpr }, i) => [
    ...(subPath ? [forbidden(`${at}.volumeMounts[${i}].subPath`, NOT_SET)] : []),
    ...(subPathExpr ? [forbidden(`${at}.volumeMounts[${i}].subPathExpr`, NOT_SET)] : []),
  ])
}

/** `pods/ephemeralcontainers`: adds containers for debugging and changes nothing else. */
export const ephemeralContainersPart: PartRules<Pod> = {
  keep: (next, old) => {
    const { ephemeralContainers: _e, ...spec } = old.spec
    const added = next.spec.ephemeralContainers
    return {
      ...old,
      metadata: next.metadata,
      spec: { ...spec, ...(added ? { ephemeralContainers: added } : {}) },
    }
  },
  validate(next, old) {
    const now = new Map((next.spec.ephemeralContainers ?? []).map((one) => [one.name, one]))
    return (old.spec.ephemeralContainers ?? []).flatMap((container) => {
      const same = now.get(container.name)
      const name = JSON.stringify(container.name)
      if (!same) return [forbidden(EPHEMERAL, `existing ephemeral containers ${name} may not be removed\n`)]
      if (deepEqual(same, container)) return []
      return [forbidden(EPHEMERAL, `existing ephemeral containers ${name} may not be changed\n`)]
    })
  },
}

type ListName = 'containers' | 'initContainers'

/** `pods/resize`: changes cpu and memory of containers that run. */
export const resizePart: PartRules<Pod> = {
  keep(next, old) {
    const lists = {
      containers: merged(next, old, 'containers'),
      initContainers: merged(next, old, 'initContainers'),
    }
    // Containers that come, go or change places are the validation's to refuse.
    if (!lists.containers || !lists.initContainers) return { ...next, status: old.status } as Pod
    const { containers, initContainers } = lists
    const spec = { ...old.spec, containers, ...(initContainers.length > 0 ? { initContainers } : {}) }
    return { ...old, metadata: next.metadata, spec }
  },
  validate(next, old) {
    const errors: FieldError[] = []
    // The class that the message shows is the one in the status, which a resize does not bring.
    if (qosClass(next) !== qosClass(old)) {
      const detail = 'Pod QOS Class may not change as a result of resizing'
      errors.push(invalid('spec', next.status?.qosClass ?? '', detail))
    }
    const orders = [...orderErrors(next, old, 'initContainers'), ...orderErrors(next, old, 'containers')]
    if (orders.length > 0) return [...errors, ...orders]
    return [
      ...errors,
      ...resourceErrors(next, old, 'initContainers'),
      ...resourceErrors(next, old, 'containers'),
    ]
  },
}

function merged(next: Pod, old: Pod, list: ListName): Container[] | undefined {
  const [before, after] = [old.spec[list] ?? [], next.spec[list] ?? []]
  if (before.length !== after.length) return undefined
  if (before.some(({ name }, i) => name !== after[i]?.name)) return undefined
  return before.map((container, i) => {
    const { resources: _r, resizePolicy: _p, ...rest } = container
    const { resources, resizePolicy } = after[i] ?? {}
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) }
  })
}

function orderErrors(next: Pod, old: Pod, list: ListName): FieldError[] {
  const [before, after] = [old.spec[list] ?? [], next.spec[list] ?? []]
  if (before.length !== after.length) {
    return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)]
  }
  return before.flatMap(({ name }, i) =>
    name === after[i]?.name
      ? []
      : [forbidden(`spec.${list}[${i}].name`, `${list} may not be renamed or reordered on resize`)],
  )
}

function resourceErrors(next: Pod, old: Pod, list: ListName): FieldError[] {
  return (old.spec[list] ?? []).flatMap((before, i): FieldError[] => {
    const after = next.spec[list]?.[i]
    if (!after) return []
    const at = `spec.${list}[${i}].resources`
    if (list === 'initContainers' && before.restartPolicy !== 'Always') {
      if (deepEqual(before, after)) return []
      return [forbidden('spec', 'resources for non-sidecar init containers are immutable')]
    }
    const whose = list === 'initContainers' ? 'resources for sidecar containers' : 'resources'
    return [
      ...removed(before, after, 'requests').map((text) => forbidden(`${at}.requests`, text)),
      ...removed(before, after, 'limits').map((text) => forbidden(`${at}.limits`, text)),
      ...(deepEqual(withoutCompute(before), withoutCompute(after))
        ? []
        : [forbidden('spec', `only cpu and memory ${whose} are mutable`)]),
    ]
  })
}

function removed(before: Container, after: Container, list: 'requests' | 'limits'): string[] {
  const kept = after.resources?.[list] ?? {}
  const isKept = Object.keys(before.resources?.[list] ?? {}).every((name) => Object.hasOwn(kept, name))
  return isKept ? [] : [`resource ${list} cannot be removed`]
}

function withoutCompute({ resources, ...container }: Container): unknown {
  const rest = (list: Readonly<Record<string, string>> | undefined): object => {
    const { cpu: _c, memory: _m, ...others } = list ?? {}
    return others
  }
  const { resizePolicy: _p, ...others } = container
  return { ...others, limits: rest(resources?.limits), requests: rest(resources?.requests) }
}
