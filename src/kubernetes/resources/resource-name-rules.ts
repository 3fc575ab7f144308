// Owns which names a resource may have in quotas, limit ranges and containers, and which amounts may stand there.
// Source of rules and wording: pkg/apis/core/validation/validation.go, pkg/apis/core/helper/helpers.go.
import { canonicalQuantity, compareQuantities } from '../../base/canonical-quantity.ts'
import { isExtendedResource } from '../../rules/scheduling/extended-resources.ts'
import { invalid, type FieldError } from './field-error.ts'
import { validateQualifiedName } from './naming.ts'

const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const compute = ['cpu', 'memory', 'ephemeral-storage']
const quotaNames: ReadonlySet<string> = new Set([
  ...compute,
  ...compute.map((name) => `requests.${name}`),
  ...compute.map((name) => `limits.${name}`),
  'requests.storage',
  ...counted,
])
const integers: ReadonlySet<string> = new Set(counted)

/** True for what quotas have always known by a plain name; others have a domain or are counted as `count/…`. */
export function isStandardQuotaName(name: string): boolean {
  return quotaNames.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')
}

/** True for what comes in pieces: objects that are counted, and devices. */
export function isWholeResource(name: string): boolean {
  return integers.has(name) || isExtendedResource(name)
}

/** Findings for the name of any resource: a plain name must be one that Kubernetes knows. */
export function validateResourceName(field: string, name: string): FieldError[] {
  const errors = validateQualifiedName(field, name)
  if (errors.length > 0 || name.includes('/') || name === 'storage' || isStandardQuotaName(name))
    return errors
  return [invalid(field, name, 'must be a standard resource type or fully qualified')]
}

/** Findings for the name of a resource that containers ask for. */
export function validateContainerResourceName(field: string, name: string): FieldError[] {
  const errors = validateResourceName(field, name)
  if (!name.includes('/')) {
    if (compute.includes(name) || name.startsWith('hugepages-')) return errors
    return [...errors, invalid(field, name, 'must be a standard resource for containers')]
  }
  if (name.includes('kubernetes.io/') || isExtendedResource(name)) return errors
  return [...errors, invalid(field, name, "doesn't follow extended resource name standard")]
}

/** Findings for one limit of a quota: a name that quotas know, and an amount that is not negative. */
export function validateQuotaAmount(field: string, name: string, amount: string): FieldError[] {
  const at = `${field}[${name}]`
  const errors = validateResourceName(at, name)
  if (!name.includes('/') && !isStandardQuotaName(name)) {
    errors.push(invalid(at, name, 'must be a standard resource for quota'))
  }
  if (compareQuantities(amount, '0') < 0) {
    errors.push(invalid(at, amount, 'must be greater than or equal to 0'))
  }
  if (isWholeResource(name) && /[num]$/.test(canonicalQuantity(amount))) {
    errors.push(invalid(at, amount, 'must be an integer'))
  }
  return errors
}
