// Owns the ResourceQuota kind.
// Source of rules and wording: pkg/apis/core/validation/validation.go (ValidateResourceQuota).
import type { ResourceQuota, ResourceQuotaSpec } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'
import { resourceQuotas } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { isStandardQuotaName, validateQuotaAmount } from './resource-name-rules.ts'

type Requirement = NonNullable<NonNullable<ResourceQuotaSpec['scopeSelector']>['matchExpressions']>[number]

const computeNames = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']
const podNames = ['pods', ...computeNames]

/** Plain resource names that a quota with the scope may limit. */
const namesOfScope: Readonly<Record<string, readonly string[]>> = {
  Terminating: podNames,
  NotTerminating: podNames,
  NotBestEffort: podNames,
  PriorityClass: podNames,
  CrossNamespacePodAffinity: podNames,
  BestEffort: ['pods'],
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
const existsOnly = [
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

function validateAmounts(field: string, amounts: Readonly<Record<string, string>> = {}): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => validateQuotaAmount(field, name, amount))
}

function validateSpec(spec: ResourceQuotaSpec): FieldError[] {
  return [...validateAmounts('spec.hard', spec.hard), ...validateScopes(spec), ...validateScopeSelector(spec)]
}

function validateScopes({ hard = {}, scopes = [] }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopes'
  const errors = scopes.flatMap((scope) => [
    ...(scope in namesOfScope ? [] : [invalid(field, scopes, 'unsupported scope')]),
    ...unsuitable(scope, hard).map(() => invalid(field, scopes, 'unsupported scope applied to resource')),
  ])
  return [...errors, ...conflicts(scopes, scopes)]
}

function validateScopeSelector({ hard = {}, scopes, scopeSelector }: ResourceQuotaSpec): FieldError[] {
  const expressions = scopeSelector?.matchExpressions ?? []
  const field = 'spec.scopeSelector.matchExpressions'
  const errors = expressions.flatMap((expression) => [
    ...(expression.scopeName in namesOfScope
      ? []
      : [invalid(`${field}.scopeName`, expression.scopeName, 'unsupported scope')]),
    ...unsuitable(expression.scopeName, hard).map(() =>
      invalid(field, scopeSelector, 'unsupported scope applied to resource'),
    ),
    ...validateOperator(field, expression),
  ])
  const names = expressions.map(({ scopeName }) => scopeName)
  // The finding shows the plain scopes, as upstream does.
  return [...errors, ...conflicts(names, scopes ?? null)]
}

function validateOperator(field: string, { scopeName, operator, values = [] }: Requirement): FieldError[] {
  const errors: FieldError[] = []
  if (existsOnly.includes(scopeName) && operator !== 'Exists') {
    errors.push(
      invalid(
        `${field}.operator`,
        operator,
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    )
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return errors
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
    return [...errors, required(`${field}.values`, detail)]
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return errors
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
    return [...errors, invalid(`${field}.values`, values, detail)]
  }
  return [...errors, invalid(`${field}.operator`, operator, 'not a valid selector operator')]
}

function unsuitable(scope: string, hard: Readonly<Record<string, string>>): string[] {
  const names = namesOfScope[scope]
  return names ? Object.keys(hard).filter((name) => isStandardQuotaName(name) && !names.includes(name)) : []
}

function conflicts(names: readonly string[], shown: unknown): FieldError[] {
  return opposites
    .filter((pair) => pair.every((scope) => names.includes(scope)))
    .map(() => invalid('spec.scopes', shown, 'conflicting scopes'))
}

function sameScopes(a: ResourceQuota, b: ResourceQuota): boolean {
  const listOf = ({ spec }: ResourceQuota): string => [...new Set(spec.scopes)].toSorted().join()
  return listOf(a) === listOf(b)
}

// What limits usage has a column of its own; everything else counts as a request.
function usage({ status = {} }: ResourceQuota, isLimit: boolean): string {
  const { hard = {}, used = {} } = status
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits.') === isLimit)
    .toSorted()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ')
}

// More requested than there may be of limits (the strategy's WarningsOnCreate).
function crossed(hard: Readonly<Record<string, string>>): string[] {
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((resource) => {
    const names = [`requests.${resource}`, ...(resource === 'cpu' || resource === 'memory' ? [resource] : [])]
    const name = names.find((candidate) => own(hard, candidate) !== undefined)
    const [request, limit] = [own(hard, name ?? ''), own(hard, `limits.${resource}`)]
    if (request === undefined || limit === undefined || parseMilli(request) <= parseMilli(limit)) return []
    return [`ResourceQuota ${name} (${request}) should be less than limits.${resource} (${limit})`]
  })
}

export const resourceQuotaKind = defineKind<ResourceQuota>({
  resource: resourceQuotas,
  type: 'core/v1.ResourceQuota',
  shortNames: ['quota'],
  warnings: ({ spec }, old) => (old ? [] : crossed(spec?.hard ?? {})),
  status: true,
  columns: [
    nameColumn,
    { name: 'Request', type: 'string', cell: (quota) => usage(quota, false) },
    { name: 'Limit', type: 'string', cell: (quota) => usage(quota, true) },
    ageColumn,
  ],
  // Only the status subresource says what is used.
  prepareForCreate: (quota) => ({ ...quota, status: {} }),
  validate: ({ spec, status }) => [
    ...validateSpec(spec),
    ...validateAmounts('status.hard', status?.hard),
    ...validateAmounts('status.used', status?.used),
  ],
  validateStatus: ({ status }) => [
    ...validateAmounts('status.hard', status?.hard),
    ...validateAmounts('status.used', status?.used),
  ],
  validateUpdate: (next, old) =>
    sameScopes(next, old) ? [] : [invalid('spec.scopes', next.spec.scopes ?? null, 'field is immutable')],
})
