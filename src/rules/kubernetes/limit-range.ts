// Owns what a LimitRange does: the amounts it fills in, and the objects it refuses.
// Source of rules and wording: plugin/pkg/admission/limitranger/admission.go.
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '../../../generated/kubernetes.d.ts'
import { compareQuantities } from '../../base/canonical-quantity.ts'
import { parseMilli } from '../../base/quantity.ts'
import { podResources } from './pod-resources.ts'
import type { ResourceList } from './resource-list.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

interface Amounts {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

/** The pod with the range's defaults in containers that ask for less, and an annotation that says so. */
export function withRangeDefaults(pod: Pod, { spec }: LimitRange): Pod {
  const items = spec.limits.filter(({ type }) => type === 'Container')
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest)) as ResourceList
  const limits = Object.assign({}, ...items.map((item) => item.default)) as ResourceList
  const told: string[] = []
  const complete = (container: Container, what: string): Container =>
    completeContainer(container, { requests, limits }, (text) =>
      told.push(`${text} for ${what} ${container.name}`),
    )
  const containers = pod.spec.containers.map((container) => complete(container, 'container'))
  const initContainers = pod.spec.initContainers?.map((container) => complete(container, 'init container'))
  if (told.length === 0) return pod
  const annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}`,
  }
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(initContainers ? { initContainers } : {}) },
  }
}

function completeContainer(container: Container, defaults: Amounts, tell: (text: string) => void): Container {
  const { resources = {} } = container
  const sides = (['requests', 'limits'] as const).map((side) => {
    const present = resources[side] ?? {}
    const missing = Object.keys(defaults[side]).filter((name) => present[name] === undefined)
    if (missing.length > 0) tell(`${missing.toSorted().join(', ')} ${side.slice(0, -1)}`)
    return { side, isChanged: missing.length > 0, list: { ...defaults[side], ...present } }
  })
  const changed = sides.filter(({ isChanged }) => isChanged).map(({ side, list }) => [side, list])
  if (changed.length === 0) return container
  return { ...container, resources: { ...resources, ...(Object.fromEntries(changed) as Partial<Amounts>) } }
}

/** What a range has against a pod; empty when nothing. */
export function podFindings(pod: Pod, { spec }: LimitRange): string[] {
  return spec.limits.flatMap((item) => {
    if (item.type === 'Pod') {
      const amounts = { requests: podResources(pod, 'requests'), limits: podResources(pod, 'limits') }
      return findingsOf(item, amounts)
    }
    if (item.type !== 'Container') return []
    return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ resources = {} }) =>
      findingsOf(item, { requests: resources.requests ?? {}, limits: resources.limits ?? {} }),
    )
  })
}

/** What a range has against a claim for storage. */
export function claimFindings({ spec }: PersistentVolumeClaim, range: LimitRange): string[] {
  const items = range.spec.limits.filter(({ type }) => type === 'PersistentVolumeClaim')
  const requests = spec.resources?.requests ?? {}
  return items.flatMap((item) => [
    ...entries(item.min).flatMap(([name, least]) => tooLittle(item, [name, least], { requests, limits: {} })),
    ...entries(item.max).flatMap(([name, most]) => {
      const head = `maximum ${name} usage per ${item.type} is ${most}`
      const request = requests[name]
      if (request === undefined) return [`${head}.  No request is specified`]
      return compareQuantities(request, most) > 0 ? [`${head}, but request is ${request}`] : []
    }),
  ])
}

/** One text for all findings, as Go's aggregate of errors prints them. */
export function joinFindings(findings: readonly string[]): string {
  const texts = [...new Set(findings)]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

function findingsOf(item: LimitRangeItem, amounts: Amounts): string[] {
  return [
    ...entries(item.min).flatMap((entry) => tooLittle(item, entry, amounts)),
    ...entries(item.max).flatMap((entry) => tooMuch(item, entry, amounts)),
    ...entries(item.maxLimitRequestRatio).flatMap((entry) => tooFarApart(item, entry, amounts)),
  ]
}

function entries(list: ResourceList = {}): [string, string][] {
  return Object.entries(list).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function tooLittle(
  { type }: LimitRangeItem,
  [name, least]: [string, string],
  { requests, limits }: Amounts,
): string[] {
  const head = `minimum ${name} usage per ${type} is ${least}`
  const [request, limit] = [requests[name], limits[name]]
  if (request === undefined) return [`${head}.  No request is specified`]
  if (compareQuantities(request, least) < 0) return [`${head}, but request is ${request}`]
  if (limit !== undefined && compareQuantities(limit, least) < 0) return [`${head}, but limit is ${limit}`]
  return []
}

function tooMuch(
  { type }: LimitRangeItem,
  [name, most]: [string, string],
  { requests, limits }: Amounts,
): string[] {
  const head = `maximum ${name} usage per ${type} is ${most}`
  const [request, limit] = [requests[name], limits[name]]
  if (limit === undefined) return [`${head}.  No limit is specified`]
  if (compareQuantities(limit, most) > 0) return [`${head}, but limit is ${limit}`]
  if (request !== undefined && compareQuantities(request, most) > 0) {
    return [`${head}, but request is ${request}`]
  }
  return []
}

function tooFarApart(
  { type }: LimitRangeItem,
  [name, most]: [string, string],
  { requests, limits }: Amounts,
): string[] {
  const head = `${name} max limit to request ratio per ${type} is ${most}`
  const request = Number(parseMilli(requests[name] ?? '0'))
  const limit = Number(parseMilli(limits[name] ?? '0'))
  if (request === 0) return [`${head}, but no request is specified or request is 0`]
  if (limit === 0) return [`${head}, but no limit is specified or limit is 0`]
  const ratio = limit / request
  if (ratio * 1000 <= Number(parseMilli(most))) return []
  return [`${head}, but provided ratio is ${ratio.toFixed(6)}`]
}
