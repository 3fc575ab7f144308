// Owns the FlowSchema kind: it is stored and shown; requests are not queued by it.
import type { FlowSchema } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { flowSchemas } from '../client/resources.ts'
import { structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { validateFlowRule } from './flow-rules.ts'
import { defineKind } from './kind.ts'
import { publishedSpec } from './published-objects.ts'

const DEFAULT_PRECEDENCE = 1000
const MAXIMUM_PRECEDENCE = 10_000
const METHODS = ['ByNamespace', 'ByUser']
// Those that hold a server together: their specs are what they are.
const MANDATORY: ReadonlySet<string> = new Set(['catch-all', 'exempt'])

function defaultFlowSchema(schema: Fields): void {
  const spec = structAt(schema, 'spec')
  spec['matchingPrecedence'] ||= DEFAULT_PRECEDENCE
}

function validatePrecedence({ metadata, spec }: FlowSchema): FieldError[] {
  const field = 'spec.matchingPrecedence'
  const value = spec?.matchingPrecedence ?? 0
  if (value <= 0) return [invalid(field, value, 'must be a positive value')]
  if (value > MAXIMUM_PRECEDENCE) {
    return [invalid(field, value, `must not be greater than ${MAXIMUM_PRECEDENCE}`)]
  }
  if (value !== 1 || metadata.name === 'exempt') return []
  return [invalid(field, value, "only the schema named 'exempt' may have matchingPrecedence 1")]
}

function validate(schema: FlowSchema): FieldError[] {
  const { metadata, spec } = schema
  const level = spec?.priorityLevelConfiguration?.name ?? ''
  const levelField = 'spec.priorityLevelConfiguration.name'
  const method = spec?.distinguisherMethod
  return [
    ...validatePrecedence(schema),
    ...(method && !METHODS.includes(method.type)
      ? [unsupported('spec.distinguisherMethod.type', method, METHODS)]
      : []),
    ...(level
      ? namedBy(levelField, level, 'subdomain')
      : [required(levelField, 'must reference a priority level')]),
    ...(spec?.rules ?? []).flatMap((rule, i) => validateFlowRule(rule, `spec.rules[${i}]`)),
    ...(MANDATORY.has(metadata.name) && !deepEqual(spec, publishedSpec('flowSchemas', metadata.name))
      ? [invalid('spec', spec, `spec of '${metadata.name}' must equal the fixed value`)]
      : []),
    ...validateConditions(schema),
  ]
}

/** Findings for the conditions of a FlowSchema or a priority level. */
export function validateConditions({
  status,
}: {
  readonly status?: { readonly conditions?: readonly { readonly type?: string }[] }
}): FieldError[] {
  const types = (status?.conditions ?? []).map(({ type = '' }) => type)
  return types.flatMap((type, i) => {
    const field = `status.conditions[${i}].type`
    return [...(types.indexOf(type) < i ? [duplicate(field, type)] : []), ...(type ? [] : [required(field)])]
  })
}

export const flowSchemaKind = defineKind<FlowSchema>({
  resource: flowSchemas,
  type: 'flowcontrol/v1.FlowSchema',
  keptWithStatus: ['ownerReferences', 'labels', 'annotations', 'finalizers'],
  nameRule: 'subdomain',
  status: true,
  generation: true,
  defaults: defaultFlowSchema,
  columns: [
    nameColumn,
    {
      name: 'PriorityLevel',
      type: 'string',
      cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '',
    },
    { name: 'MatchingPrecedence', type: 'string', cell: ({ spec }) => spec?.matchingPrecedence ?? 0 },
    {
      name: 'DistinguisherMethod',
      type: 'string',
      cell: ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    },
    ageColumn,
    {
      name: 'MissingPL',
      type: 'string',
      cell: ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    },
  ],
  prepareForCreate: (schema) => ({ ...schema, status: {} }),
  validate,
  validateStatus: validateConditions,
})
