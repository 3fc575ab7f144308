// Owns the rules that webhook configurations and admission policies share: which requests they are for.
// Source: kubernetes pkg/apis/admissionregistration/validation/validation.go, v1/defaults.go.
import type { MatchCondition, MatchResources, RuleWithOperations } from '../../../generated/kubernetes.d.ts'
import { admissionEnvironment } from '../cel/admission.ts'
import { problemOf } from '../cel/policy.ts'
import { each, fill, structAt, type Fields } from '../schema/default-fill.ts'
import { duplicate, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { validateQualifiedName } from './naming.ts'
import { validateLabelSelector } from './selector-rules.ts'

export const FAILURE_POLICIES = ['Fail', 'Ignore']
export const MATCH_POLICIES = ['Equivalent', 'Exact']
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const SCOPES = ['*', 'Cluster', 'Namespaced']
const MAXIMUM_CONDITIONS = 64

/** Findings for a value outside of a closed set; none when there is no value. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [unsupported(field, value, supported)]
}

/** Findings for one rule with operations. */
export function validateRule(field: string, rule: RuleWithOperations): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule
  return [
    ...validateList(`${field}.operations`, operations, 'operations'),
    ...operations.flatMap((operation, i) => oneOf(`${field}.operations[${i}]`, operation, OPERATIONS)),
    ...validateList(`${field}.apiGroups`, apiGroups, 'API groups'),
    ...validateList(`${field}.apiVersions`, apiVersions, 'API versions'),
    ...apiVersions.flatMap((version, i) => (version === '' ? [required(`${field}.apiVersions[${i}]`)] : [])),
    ...validateResources(`${field}.resources`, resources),
    ...oneOf(`${field}.scope`, scope, SCOPES),
  ]
}

function validateList(field: string, list: readonly string[], what: string): FieldError[] {
  if (list.length === 0) return [required(field)]
  if (list.length === 1 || !list.includes('*')) return []
  return [invalid(field, list, `if '*' is present, must not specify other ${what}`)]
}

function validateResources(field: string, resources: readonly string[]): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [required(field)] : []
  const withAnySubresource = new Set<string>()
  const ofAnyResource = new Set<string>()
  let hasPlain = false
  for (const [i, each] of resources.entries()) {
    if (each === '') {
      errors.push(required(`${field}[${i}]`))
      continue
    }
    const slash = each.indexOf('/')
    if (slash < 0) {
      hasPlain = each !== '*'
      continue
    }
    const [resource, sub] = [each.slice(0, slash), each.slice(slash + 1)]
    if (withAnySubresource.has(resource)) {
      errors.push(invalid(`${field}[${i}]`, each, `if '${resource}/*' is present, must not specify ${each}`))
    }
    if (ofAnyResource.has(sub)) {
      errors.push(invalid(`${field}[${i}]`, each, `if '*/${sub}' is present, must not specify ${each}`))
    }
    if (sub === '*') withAnySubresource.add(resource)
    if (resource === '*') ofAnyResource.add(sub)
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"))
  }
  if (resources.includes('*') && hasPlain) {
    const detail = "if '*' is present, must not specify other resources without subresources"
    errors.push(invalid(field, resources, detail))
  }
  return errors
}

/** Findings for match conditions. */
export function validateMatchConditions(
  field: string,
  conditions: readonly MatchCondition[] = [],
  { hasParams = false }: { readonly hasParams?: boolean } = {},
): FieldError[] {
  const errors: FieldError[] = []
  if (conditions.length > MAXIMUM_CONDITIONS) {
    errors.push({
      reason: 'FieldValueTooMany',
      field,
      detail: `Too many: ${conditions.length}: must have at most ${MAXIMUM_CONDITIONS} items`,
    })
  }
  const names = new Set<string>()
  for (const [i, { name = '', expression = '' }] of conditions.entries()) {
    const at = `${field}[${i}]`
    const text = expression.trim()
    const compile = (): unknown =>
      admissionEnvironment({ hasParams, hasAuthorizer: true }).compile(text, { returns: ['bool'] })
    const problem = text === '' ? undefined : problemOf(compile)
    if (text === '') errors.push(required(`${at}.expression`))
    if (problem !== undefined) errors.push(invalid(`${at}.expression`, text, problem))
    errors.push(...(name === '' ? [required(`${at}.name`)] : validateQualifiedName(`${at}.name`, name)))
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
  }
  return errors
}

/** Findings for what a policy or binding is for. */
export function validateMatchResources(field: string, match: MatchResources | undefined): FieldError[] {
  if (!match) return []
  const rules = (name: 'resourceRules' | 'excludeResourceRules'): FieldError[] =>
    (match[name] ?? []).flatMap((rule, i) => [
      ...validateRule(`${field}.${name}[${i}]`, rule),
      ...validateResourceNames(`${field}.${name}[${i}].resourceNames`, rule.resourceNames ?? []),
    ])
  return [
    ...oneOf(`${field}.matchPolicy`, match.matchPolicy, MATCH_POLICIES),
    ...validateLabelSelector(match.namespaceSelector, `${field}.namespaceSelector`),
    ...validateLabelSelector(match.objectSelector, `${field}.objectSelector`),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ]
}

function validateResourceNames(field: string, names: readonly string[]): FieldError[] {
  return names.flatMap((name, i) => (names.indexOf(name) < i ? [duplicate(`${field}[${i}]`, name)] : []))
}

/** Fills in what a webhook, or the match of a policy, means by leaving it out. */
export function defaultMatch(match: Fields, rules: string): void {
  fill(match, { matchPolicy: 'Equivalent' })
  structAt(match, 'namespaceSelector')
  structAt(match, 'objectSelector')
  each(match[rules], (rule) => fill(rule, { scope: '*' }))
}
