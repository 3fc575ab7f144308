// Owns the rules for what containers, and pods as a whole, ask for: amounts, devices, huge pages, claims.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go (validateResourceRequirements,
// validatePodResources, validatePodResourceClaims).
import type { Container, PodSpec } from '../../../generated/kubernetes.d.ts'
import { compareQuantities } from '../../base/canonical-quantity.ts'
import { own } from '../../base/json.ts'
import { parseMilli, QuantityError } from '../../base/quantity.ts'
import { podResources } from '../../rules/kubernetes/pod-resources.ts'
import {
  duplicate,
  forbidden,
  invalid,
  notFoundValue,
  required,
  unsupported,
  type FieldError,
} from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { validateName } from './naming.ts'
import {
  isWholeResource,
  validateContainerResourceName,
  validateResourceName,
} from './resource-name-rules.ts'

type Resources = NonNullable<Container['resources']>
type NameCheck = (field: string, name: string) => FieldError[]

/** Findings for the resources of a container; `claims` are the names that its pod claims devices under. */
export function validateResources(
  resources: Resources | undefined,
  path: string,
  claims: PodSpec['resourceClaims'],
): FieldError[] {
  return resources
    ? requirementErrors(resources, path, { claims, checkName: validateContainerResourceName })
    : []
}

interface Against {
  readonly claims: PodSpec['resourceClaims']
  readonly checkName: NameCheck
}

function requirementErrors(resources: Resources, path: string, against: Against): FieldError[] {
  const { limits = {}, requests = {}, claims } = resources
  const { checkName } = against
  const asked = Object.entries(requests)
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  const isAlone = names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')
  return [
    ...Object.entries(limits).flatMap(([name, amount]) =>
      amountErrors(`${path}.limits[${name}]`, name, amount, checkName),
    ),
    ...asked.flatMap(([name, amount]) => [
      ...amountErrors(`${path}.requests[${name}]`, name, amount, checkName),
      ...withinLimit(name, amount, own(limits, name), path),
    ]),
    ...(isAlone ? [forbidden(path, 'HugePages require cpu or memory')] : []),
    ...(claims ? claimedErrors(claims, `${path}.claims`, against.claims ?? []) : []),
  ]
}

/** Findings for an amount of a resource at e.g. `spec.containers[0].resources.limits[cpu]`. */
function amountErrors(at: string, name: string, amount: string, checkName: NameCheck): FieldError[] {
  const errors = checkName(at, name)
  let milli: bigint
  try {
    milli = parseMilli(amount)
  } catch (error) {
    // What `plan` has read has not been decoded as a quantity.
    if (!(error instanceof QuantityError)) throw error
    return [...errors, invalid(at, amount, error.message)]
  }
  if (milli < 0n) errors.push(invalid(at, amount, 'must be greater than or equal to 0'))
  if (milli % 1000n !== 0n && isWholeResource(name)) errors.push(invalid(at, amount, 'must be an integer'))
  if (isHugePages(name) && !isDivisible(name, milli))
    errors.push(invalid(at, amount, `${amount} is not positive integer multiple of ${name}`))
  return errors
}

// What cannot be promised twice is limited, and the limit is what is asked for.
function withinLimit(name: string, amount: string, limit: string | undefined, path: string): FieldError[] {
  const isShared = !name.includes('/') ? !isHugePages(name) : name.includes('kubernetes.io/')
  if (limit === undefined) {
    const text = 'Limit must be set for non overcommitable resources'
    return isShared ? [] : [required(`${path}.limits`, text)]
  }
  const order = compared(amount, limit)
  if (!isShared && order !== 0)
    return [invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`)]
  return order > 0
    ? [invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)]
    : []
}

function compared(one: string, other: string): number {
  try {
    return compareQuantities(one, other)
  } catch (error) {
    // Said where the amount stands.
    if (!(error instanceof QuantityError)) throw error
    return 0
  }
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-')
}

function isDivisible(name: string, milli: bigint): boolean {
  try {
    const size = parseMilli(name.slice('hugepages-'.length))
    return size > 0n && size % 1000n === 0n && milli % size === 0n
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error
    return false
  }
}

type Claimed = NonNullable<Resources['claims']>

function claimedErrors(
  claimed: Claimed,
  path: string,
  claims: NonNullable<PodSpec['resourceClaims']>,
): FieldError[] {
  const seen = new Set<string>()
  const known = claims.map(({ name }) => name).filter((name) => name !== '')
  return claimed.flatMap(({ name, request }, i) => {
    const at = `${path}[${i}]`
    if (!name) return [required(at)]
    const errors = repeatedErrors(seen, { at, name, request })
    if (known.includes(name)) return errors
    const names = known.length === 0 ? ' which is empty' : `: ${known.toSorted().join(', ')}`
    const missing = notFoundValue(at, name)
    const detail = `${missing.detail}: must be one of the names in pod.spec.resourceClaims${names}`
    return [...errors, { ...missing, detail }]
  })
}

interface ClaimedPart {
  readonly at: string
  readonly name: string
  readonly request: string | undefined
}

// A claim as a whole stands for all of its requests.
function repeatedErrors(seen: Set<string>, { at, name, request }: ClaimedPart): FieldError[] {
  if (seen.has(name)) return [duplicate(at, name)]
  const key = request ? `${name}/${request}` : name
  const errors = request ? validateName(`${at}.request`, request, 'label') : []
  if (seen.has(key)) errors.push(duplicate(at, key))
  else if (!request)
    for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name))
  seen.add(key)
  return errors
}

/** Findings for what a pod claims of devices, at e.g. `spec.resourceClaims`. */
export function validateResourceClaims(claims: PodSpec['resourceClaims'], path: string): FieldError[] {
  const seen = new Set<string>()
  return (claims ?? []).flatMap((claim, i) => {
    const at = `${path}[${i}]`
    const { name, resourceClaimName: one, resourceClaimTemplateName: template } = claim
    const errors = seen.has(name)
      ? [duplicate(`${at}.name`, name)]
      : validateName(`${at}.name`, name ?? '', 'label')
    seen.add(name)
    const printed = {
      Name: name ?? '',
      ResourceClaimName: one ?? null,
      ResourceClaimTemplateName: template ?? null,
    }
    if (one !== undefined && template !== undefined) {
      const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      errors.push(invalid(at, printed, text))
    }
    if (one === undefined && template === undefined) {
      const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'
      errors.push(invalid(at, printed, text))
    }
    return [
      ...errors,
      ...(one === undefined ? [] : namedBy(`${at}.resourceClaimName`, one, 'subdomain')),
      ...(template === undefined ? [] : namedBy(`${at}.resourceClaimTemplateName`, template, 'subdomain')),
    ]
  })
}

/** Findings for what a pod asks for as a whole. */
export function validatePodResources(spec: PodSpec, path: string): FieldError[] {
  const { resources, os, resourceClaims } = spec
  if (!resources) return []
  const at = `${path}.resources`
  if (os?.name === 'windows') return [forbidden(at, 'may not be set for a windows pod')]
  return [
    ...(resources.claims
      ? [forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level')]
      : []),
    ...requirementErrors(resources, at, { claims: resourceClaims, checkName: podResourceName }),
    ...consistencyErrors(spec, resources, at),
  ]
}

function podResourceName(field: string, name: string): FieldError[] {
  const errors = validateResourceName(field, name)
  if (errors.length > 0 || name === 'cpu' || name === 'memory' || isHugePages(name)) return errors
  return [unsupported(field, name, ['cpu', 'hugepages-', 'memory'])]
}

/** Findings for containers that want more than their pod has. */
function consistencyErrors(
  spec: PodSpec,
  { requests = {}, limits = {} }: Resources,
  at: string,
): FieldError[] {
  const { resources: _r, ...alone } = spec
  const below = (
    side: 'requests' | 'limits',
    own: Readonly<Record<string, string>>,
    names: readonly string[],
  ) => {
    const totals = podResources({ spec: alone } as Parameters<typeof podResources>[0], side)
    return names.flatMap((name) => {
      const total = totals[name]
      if (total === undefined || compared(total, own[name] ?? '0') <= 0) return []
      const text = `must be greater than or equal to aggregate container ${side} of ${total}`
      return [invalid(`${at}.${side}[${name}]`, own[name], text)]
    })
  }
  return [
    ...below('requests', requests, Object.keys(requests)),
    ...below('limits', limits, Object.keys(limits).filter(isHugePages)),
    ...(spec.containers ?? []).flatMap(({ resources }, i) =>
      Object.entries(resources?.limits ?? {}).flatMap(([name, amount]) => {
        const limit = own(limits, name)
        if (limit === undefined || compared(amount, limit) <= 0) return []
        const field = `${at}.containers[${i}][${name}].limits`
        return [invalid(field, amount, `must be less than or equal to pod limits of ${limit}`)]
      }),
    ),
  ]
}

/** Findings for what a sandbox costs beside its containers: `overhead` of a pod or of a runtime class. */
export function validateOverhead(overhead: PodSpec['overhead'], path: string): FieldError[] {
  return overhead ? validateResources({ limits: overhead }, path, []) : []
}
