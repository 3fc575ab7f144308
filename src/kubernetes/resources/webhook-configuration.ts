// Owns the MutatingWebhookConfiguration and ValidatingWebhookConfiguration kinds.
// Source of the rules: kubernetes pkg/apis/admissionregistration/validation/validation.go.
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from '../client/resources.ts'
import { each, fill, type Fields } from '../schema/default-fill.ts'
import {
  defaultMatch,
  FAILURE_POLICIES,
  MATCH_POLICIES,
  oneOf,
  validateMatchConditions,
  validateRule,
} from './admission-rules.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { nameProblems } from './naming.ts'
import { validateLabelSelector } from './selector-rules.ts'
import { validateWebhookClient } from './webhook-client-rules.ts'

/** Versions of AdmissionReview that are spoken, the one to prefer first. */
export const REVIEW_VERSIONS = ['v1', 'v1beta1']
const SIDE_EFFECTS = ['None', 'NoneOnDryRun']
const MAXIMUM_SECONDS = 30

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration
type Webhook = MutatingWebhook | ValidatingWebhook

function validate({ webhooks = [] }: Configuration): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [i, hook] of (webhooks as readonly Webhook[]).entries()) {
    const at = `webhooks[${i}]`
    errors.push(...validateWebhook(at, hook), ...validateVersions(at, hook.admissionReviewVersions))
    if (hook.name && names.has(hook.name)) errors.push(duplicate(`${at}.name`, hook.name))
    names.add(hook.name)
  }
  return errors
}

function validateWebhook(at: string, hook: Webhook): FieldError[] {
  const { name, rules = [], failurePolicy, matchPolicy, namespaceSelector, objectSelector } = hook
  const reinvocation = 'reinvocationPolicy' in hook ? hook.reinvocationPolicy : undefined
  return [
    ...validateQualifiedDomain(`${at}.name`, name),
    ...rules.flatMap((rule, i) => validateRule(`${at}.rules[${i}]`, rule)),
    ...oneOf(`${at}.failurePolicy`, failurePolicy, FAILURE_POLICIES),
    ...oneOf(`${at}.matchPolicy`, matchPolicy, MATCH_POLICIES),
    ...validateSideEffects(`${at}.sideEffects`, hook.sideEffects),
    ...validateTimeout(`${at}.timeoutSeconds`, hook.timeoutSeconds),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(objectSelector, `${at}.objectSelector`),
    ...oneOf(`${at}.reinvocationPolicy`, reinvocation, ['IfNeeded', 'Never']),
    ...validateWebhookClient(`${at}.clientConfig`, hook.clientConfig ?? {}),
    ...validateMatchConditions(`${at}.matchConditions`, hook.matchConditions),
  ]
}

// apimachinery pkg/util/validation (IsFullyQualifiedName)
function validateQualifiedDomain(field: string, name: string): FieldError[] {
  if (!name) return [required(field)]
  const problems = nameProblems(name, 'subdomain')
  if (problems.length > 0) return [invalid(field, name, problems.join(','))]
  if (name.split('.').length >= 3) return []
  return [invalid(field, name, 'should be a domain with at least three segments separated by dots')]
}

function validateSideEffects(field: string, sideEffects: string | undefined): FieldError[] {
  if (!sideEffects) return [required(field, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]
  return SIDE_EFFECTS.includes(sideEffects) ? [] : [unsupported(field, sideEffects, SIDE_EFFECTS)]
}

function validateTimeout(field: string, seconds: number | undefined): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= MAXIMUM_SECONDS)) return []
  return [invalid(field, seconds, `the timeout value must be between 1 and ${MAXIMUM_SECONDS} seconds`)]
}

function validateVersions(at: string, versions: readonly string[] = []): FieldError[] {
  const field = `${at}.admissionReviewVersions`
  const known = REVIEW_VERSIONS.join(', ')
  if (versions.length === 0) return [required(field, `must specify one of ${known}`)]
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${field}[${i}]`, version, 'duplicate version')]
      : nameProblems(version, 'dns1035').map((problem) => invalid(`${field}[${i}]`, version, problem)),
  )
  if (versions.some((version) => REVIEW_VERSIONS.includes(version))) return errors
  return [...errors, invalid(field, versions, `must include at least one of ${known}`)]
}

function defaultWebhooks(configuration: Fields, more: Readonly<Fields>): void {
  each(configuration['webhooks'], (hook) => {
    fill(hook, { failurePolicy: 'Fail', timeoutSeconds: 10, ...more })
    defaultMatch(hook, 'rules')
    const client = hook['clientConfig']
    if (isObject(client) && isObject(client['service'])) fill(client['service'], { port: 443 })
  })
}

const shared = {
  categories: ['api-extensions'],
  generation: true,
  needsVersion: true as const,
  bareFinalizers: true as const,
  columns: [
    nameColumn,
    {
      name: 'Webhooks',
      type: 'integer' as const,
      // Both kinds have their webhooks in the same place.
      cell: (configuration: object) => (configuration as Configuration).webhooks?.length ?? 0,
    },
    ageColumn,
  ],
  validate,
}

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  ...shared,
  resource: mutatingWebhookConfigurations,
  type: 'admissionregistration/v1.MutatingWebhookConfiguration',
  defaults: (configuration) => defaultWebhooks(configuration, { reinvocationPolicy: 'Never' }),
})

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  ...shared,
  resource: validatingWebhookConfigurations,
  type: 'admissionregistration/v1.ValidatingWebhookConfiguration',
  defaults: (configuration) => defaultWebhooks(configuration, {}),
})
