// Owns the IngressClass kind.
import type { IngressClass } from '../../../generated/kubernetes.d.ts'
import { ingressClasses } from '../client/resources.ts'
import { isObject } from '../../base/json.ts'
import { fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, required, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { validateName } from './naming.ts'
import { defineKind } from './kind.ts'

function formatParameters({ spec }: IngressClass): string {
  const parameters = spec?.parameters
  if (!parameters) return '<none>'
  const kind = parameters.apiGroup ? `${parameters.kind}.${parameters.apiGroup}` : parameters.kind
  return `${kind}/${parameters.name}`
}

function validate({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller ?? ''
  if (controller === '') return [required('spec.controller')]
  if (!controller.includes('/')) {
    return [invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  return spec?.parameters ? parameterErrors(spec.parameters, 'spec.parameters') : []
}

type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>

// pkg/apis/networking/validation validateIngressClassParametersReference.
function parameterErrors({ apiGroup, kind, name, scope, namespace }: Parameters, at: string): FieldError[] {
  const field = `${at}.namespace`
  const errors = [
    ...(apiGroup === undefined ? [] : namedBy(`${at}.apiGroup`, apiGroup, 'subdomain')),
    ...validateName(`${at}.kind`, kind, 'path'),
    ...validateName(`${at}.name`, name, 'path'),
    ...choice(`${at}.scope`, scope, ['Cluster', 'Namespace']),
  ]
  if (scope === 'Namespace' && namespace === undefined)
    errors.push(required(field, "`parameters.scope` is set to 'Namespace'"))
  else if (scope === 'Namespace') errors.push(...namedBy(field, namespace ?? '', 'label'))
  if (scope === 'Cluster' && namespace !== undefined)
    errors.push(forbidden(field, "`parameters.scope` is set to 'Cluster'"))
  return errors
}

/** pkg/apis/networking/v1/defaults.go SetDefaults_IngressClass. */
function defaultIngressClass(ingressClass: Fields): void {
  const { spec } = ingressClass
  if (isObject(spec) && isObject(spec['parameters'])) fill(spec['parameters'], { scope: 'Cluster' })
}

export const ingressClassKind = defineKind<IngressClass>({
  resource: ingressClasses,
  type: 'networking/v1.IngressClass',
  defaults: defaultIngressClass,
  generation: true,
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', cell: ({ spec }) => spec?.controller ?? '' },
    { name: 'Parameters', type: 'string', cell: formatParameters },
    ageColumn,
  ],
  validate,
  validateUpdate: (next, old) =>
    next.spec?.controller === old.spec?.controller
      ? []
      : [invalid('spec.controller', next.spec?.controller, 'field is immutable')],
})
