// Owns the ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding kinds.
// Source of the rules: kubernetes pkg/apis/admissionregistration/validation/validation.go.
import type {
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { CelError } from '../cel/errors.ts'
import { policyCompiler, problemOf, type PolicyCompiler } from '../cel/policy.ts'
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '../client/resources.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import {
  defaultMatch,
  FAILURE_POLICIES,
  oneOf,
  validateMatchConditions,
  validateMatchResources,
} from './admission-rules.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { validateConditions } from './condition-rules.ts'
import { defineKind } from './kind.ts'
import { nameProblems, validateQualifiedName } from './naming.ts'
import { validateLabelSelector } from './selector-rules.ts'

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const ACTIONS = ['Audit', 'Deny', 'Warn']
const MAXIMUM_ANNOTATIONS = 20
const MAXIMUM_EXPRESSION_BYTES = 5 * 1024
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/

function validatePolicy({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { matchConstraints: match, validations = [], auditAnnotations = [], variables = [] } = spec
  const hasParams = spec.paramKind !== undefined
  const compiler = policyCompiler({ hasParams, variables })
  const missing = 'validations or auditAnnotations must contain at least one item'
  const none = validations.length === 0 && auditAnnotations.length === 0
  return [
    ...oneOf('spec.failurePolicy', spec.failurePolicy, FAILURE_POLICIES),
    ...(spec.paramKind ? validateParamKind('spec.paramKind', spec.paramKind) : []),
    ...(match ? validateMatchResources('spec.matchConstraints', match) : [required('spec.matchConstraints')]),
    ...(match && !match.resourceRules?.length ? [required('spec.matchConstraints.resourceRules')] : []),
    ...validateMatchConditions('spec.matchConditions', spec.matchConditions, { hasParams }),
    ...variables.flatMap(({ name, expression }, i) =>
      validateVariable(`spec.variables[${i}]`, { name, expression, problem: compiler.variables.get(name) }),
    ),
    ...(none ? [required('spec.validations', missing), required('spec.auditAnnotations', missing)] : []),
    ...validations.flatMap((validation, i) =>
      validateValidation(`spec.validations[${i}]`, validation, compiler),
    ),
    ...validateAnnotations('spec.auditAnnotations', auditAnnotations, {
      policyName: metadata.name,
      compiler,
    }),
  ]
}

function validateParamKind(field: string, { apiVersion = '', kind = '' }: ParamKind): FieldError[] {
  const errors: FieldError[] = []
  const parts = apiVersion.split('/')
  const [group, version] = parts.length === 1 ? ['', apiVersion] : [parts[0] ?? '', parts[1] ?? '']
  const at = `${field}.apiVersion`
  if (apiVersion === '') errors.push(required(at))
  else if (parts.length > 2) {
    errors.push(invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  } else {
    const problems = group === '' ? [] : nameProblems(group, 'subdomain')
    if (problems.length > 0) errors.push(invalid(at, group, problems.join(',')))
    const wrong = version === '' ? [] : nameProblems(version, 'dns1035')
    if (version === '') errors.push(invalid(at, apiVersion, 'version must be specified'))
    else if (wrong.length > 0) errors.push(invalid(at, version, wrong.join(',')))
  }
  const problems = kind === '' ? [] : nameProblems(kind.toLowerCase(), 'dns1035')
  if (kind === '') errors.push(required(`${field}.kind`))
  else if (problems.length > 0) {
    const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`
    errors.push(invalid(`${field}.kind`, kind, detail))
  }
  return errors
}

interface VariableFacts {
  readonly name: string
  readonly expression: string
  /** What came of compiling it. */
  readonly problem: unknown
}

function validateVariable(at: string, { name, expression, problem }: VariableFacts): FieldError[] {
  const errors: FieldError[] = []
  if (!name?.trim()) errors.push(required(`${at}.name`, 'name is not specified'))
  else if (!IDENTIFIER.test(name)) {
    errors.push(invalid(`${at}.name`, name, 'must be a valid CEL identifier'))
  }
  if (!expression?.trim()) errors.push(required(`${at}.expression`, 'expression is not specified'))
  else if (problem instanceof CelError) errors.push(invalid(`${at}.expression`, expression, problem.message))
  return errors
}

function validateValidation(at: string, validation: Validation, compiler: PolicyCompiler): FieldError[] {
  const { expression, message = '', messageExpression = '', reason } = validation
  const empty = 'must be non-empty if specified'
  const errors: FieldError[] = []
  if (!expression?.trim()) errors.push(required(`${at}.expression`, 'expression is not specified'))
  else errors.push(...compiled(`${at}.expression`, expression, compiler.validation))
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(invalid(`${at}.messageExpression`, messageExpression, empty))
  } else if (messageExpression !== '') {
    errors.push(...compiled(`${at}.messageExpression`, messageExpression, compiler.message))
  }
  if (message !== '' && message.trim() === '') errors.push(invalid(`${at}.message`, message, empty))
  else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(`${at}.message`, message, 'must not contain line breaks'))
  }
  return [...errors, ...oneOf(`${at}.reason`, reason, REASONS)]
}

function compiled(field: string, expression: string, compile: (text: string) => unknown): FieldError[] {
  const problem = problemOf(() => compile(expression))
  return problem === undefined ? [] : [invalid(field, expression, problem)]
}

function validateAnnotations(
  field: string,
  annotations: NonNullable<ValidatingAdmissionPolicy['spec']['auditAnnotations']>,
  { policyName, compiler }: { readonly policyName: string; readonly compiler: PolicyCompiler },
): FieldError[] {
  const errors: FieldError[] = []
  if (annotations.length > MAXIMUM_ANNOTATIONS) {
    const detail = `must not have more than ${MAXIMUM_ANNOTATIONS} auditAnnotations`
    errors.push(invalid(field, annotations, detail))
  }
  const keys = new Set<string>()
  for (const [i, { key, valueExpression = '' }] of annotations.entries()) {
    const at = `${field}[${i}]`
    errors.push(...validateQualifiedName(`${at}.key`, `${policyName}/${key}`))
    const bytes = Buffer.byteLength(valueExpression.trim())
    if (bytes === 0) errors.push(required(`${at}.valueExpression`, 'valueExpression is not specified'))
    else if (bytes > MAXIMUM_EXPRESSION_BYTES) {
      const detail = `must not exceed ${MAXIMUM_EXPRESSION_BYTES} bytes in length`
      errors.push(required(`${at}.valueExpression`, detail))
    } else errors.push(...compiled(`${at}.valueExpression`, valueExpression, compiler.annotation))
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key))
    keys.add(key)
  }
  return errors
}

function validateBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const { policyName = '', paramRef, matchResources, validationActions = [] } = spec
  const names = nameProblems(policyName, 'subdomain')
  return [
    ...(policyName === ''
      ? [required('spec.policyName')]
      : names.map((problem) => invalid('spec.policyName', policyName, problem))),
    ...(paramRef ? validateParamRef('spec.paramRef', paramRef) : []),
    ...validateMatchResources('spec.matchResources', matchResources),
    ...validateActions('spec.validationActions', validationActions),
  ]
}

function validateParamRef(field: string, reference: ParamRef): FieldError[] {
  const { name = '', selector, parameterNotFoundAction: action } = reference
  const both = 'name and selector are mutually exclusive'
  const errors =
    name === '' ? [] : nameProblems(name, 'path').map((problem) => invalid(`${field}.name`, name, problem))
  if (name !== '' && selector) errors.push(forbidden(`${field}.name`, both))
  errors.push(...validateLabelSelector(selector, `${field}.selector`))
  if (name !== '' && selector) errors.push(forbidden(`${field}.selector`, both))
  if (name === '' && !selector) errors.push(required(field, 'one of name or selector must be specified'))
  if (!action) errors.push(required(`${field}.parameterNotFoundAction`))
  else errors.push(...oneOf(`${field}.parameterNotFoundAction`, action, ['Deny', 'Allow']))
  return errors
}

function validateActions(field: string, actions: readonly string[]): FieldError[] {
  const errors = actions.flatMap((action, i) => {
    if (!ACTIONS.includes(action)) return [unsupported(`${field}[${i}]`, action, ACTIONS)]
    return actions.indexOf(action) < i ? [duplicate(`${field}[${i}]`, action)] : []
  })
  if (actions.includes('Deny') && actions.includes('Warn')) {
    errors.push(
      invalid(
        field,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    )
  }
  return actions.length === 0 ? [required(field, 'at least one validation action is required')] : errors
}

function defaultPolicy(policy: Fields): void {
  const spec = structAt(policy, 'spec')
  fill(spec, { failurePolicy: 'Fail' })
  if (isObject(spec['matchConstraints'])) defaultPolicyMatch(spec['matchConstraints'])
}

function defaultBinding(binding: Fields): void {
  const { matchResources } = structAt(binding, 'spec')
  if (isObject(matchResources)) defaultPolicyMatch(matchResources)
}

function defaultPolicyMatch(match: Fields): void {
  defaultMatch(match, 'resourceRules')
  defaultMatch(match, 'excludeResourceRules')
}

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  resource: validatingAdmissionPolicies,
  type: 'admissionregistration/v1.ValidatingAdmissionPolicy',
  needsVersion: true,
  bareFinalizers: true,
  keptWithStatus: ['ownerReferences', 'labels', 'annotations', 'finalizers'],
  categories: ['api-extensions'],
  generation: true,
  status: true,
  columns: [
    nameColumn,
    { name: 'Validations', type: 'integer', cell: ({ spec }) => spec.validations?.length ?? 0 },
    {
      name: 'ParamKind',
      type: 'string',
      cell: ({ spec: { paramKind } }) =>
        paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>',
    },
    ageColumn,
  ],
  defaults: defaultPolicy,
  prepareForCreate: (policy) => ({ ...policy, status: {} }),
  validate: validatePolicy,
  validateStatus: ({ status }) => [
    ...validateConditions(status?.conditions, 'status.conditions'),
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ fieldRef, warning }, i) => {
      const at = `status.typeChecking.expressionWarnings[${i}]`
      return [
        ...(warning ? [] : [required(`${at}.warning`)]),
        ...(fieldRef ? [] : [required(`${at}.fieldRef`)]),
      ]
    }),
  ],
})

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  resource: validatingAdmissionPolicyBindings,
  type: 'admissionregistration/v1.ValidatingAdmissionPolicyBinding',
  needsVersion: true,
  bareFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  columns: [
    nameColumn,
    { name: 'PolicyName', type: 'string', cell: ({ spec }) => spec.policyName ?? '' },
    { name: 'ParamRef', type: 'string', cell: ({ spec }) => paramRefCell(spec.paramRef) },
    ageColumn,
  ],
  defaults: defaultBinding,
  validate: validateBinding,
})

function paramRefCell(reference: ParamRef | undefined): string {
  if (!reference) return '<unset>'
  const { namespace = '*', name = '', selector } = reference
  if (name !== '') return `${namespace}/${name}`
  return selector ? formatLabelSelector(selector) : '<unset>'
}
