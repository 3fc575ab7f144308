// Owns the LimitRange kind.
// Source of rules and wording: pkg/apis/core/validation/validation.go (ValidateLimitRange), pkg/apis/core/v1/defaults.go.
import type { LimitRange, LimitRangeItem } from '../../../generated/kubernetes.d.ts'
import { compareQuantities } from '../../base/canonical-quantity.ts'
import { isObject } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'
import { limitRanges } from '../client/resources.ts'
import { each, fill, structAt, type Fields } from '../schema/default-fill.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { duplicate, forbidden, invalid, required, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { validateQualifiedName } from './naming.ts'
import { validateContainerResourceName, validateResourceName } from './resource-name-rules.ts'

const standardTypes = ['Pod', 'Container', 'PersistentVolumeClaim']

// Upstream looks at them in this order.
const parts = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const isOfPods = item.type === 'Pod'
  const checked = parts.filter((part) => !(isOfPods && (part === 'default' || part === 'defaultRequest')))
  const names = new Set(checked.flatMap((part) => Object.keys(item[part] ?? {})))
  const { min, max } = item
  return [
    ...validateType(`${path}.type`, item.type),
    ...checked.flatMap((part) => validateNames(item, part, path)),
    ...(isOfPods ? forbiddenOfPods(item, path) : []),
    ...(item.type === 'PersistentVolumeClaim' && !min?.['storage'] && !max?.['storage']
      ? [
          required(
            `${path}.limits`,
            'either minimum or maximum storage value is required, but neither was provided',
          ),
        ]
      : []),
    ...[...names].flatMap((name) => validateAmounts(isOfPods ? withoutDefaults(item) : item, name, path)),
  ]
}

function validateType(field: string, type: string): FieldError[] {
  const errors = validateQualifiedName(field, type)
  if (errors.length > 0 || type.includes('/') || standardTypes.includes(type)) return errors
  return [invalid(field, type, 'must be a standard limit type or fully qualified')]
}

function validateNames(item: LimitRangeItem, part: (typeof parts)[number], path: string): FieldError[] {
  const isOfContainers = item.type === 'Pod' || item.type === 'Container'
  const validate = isOfContainers ? validateContainerResourceName : validateResourceName
  return Object.keys(item[part] ?? {}).flatMap((name) => validate(`${path}.${part}[${name}]`, name))
}

function forbiddenOfPods(item: LimitRangeItem, path: string): FieldError[] {
  return (['default', 'defaultRequest'] as const)
    .filter((part) => Object.keys(item[part] ?? {}).length > 0)
    .map((part) => forbidden(`${path}.${part}`, "may not be specified when `type` is 'Pod'"))
}

function withoutDefaults({ default: _d, defaultRequest: _r, ...item }: LimitRangeItem): LimitRangeItem {
  return item
}

/** How the amounts of one resource stand to each other. */
function validateAmounts(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const min = item.min?.[name]
  const max = item.max?.[name]
  const limit = item.default?.[name]
  const request = item.defaultRequest?.[name]
  // Which is too much, where that is said, and of which of the two.
  const rules = [
    ['min', min, min, 'min value', max, 'max value'],
    ['defaultRequest', request, min, 'min value', request, 'default request value'],
    ['defaultRequest', request, request, 'default request value', max, 'max value'],
    ['defaultRequest', request, request, 'default request value', limit, 'default limit value'],
    ['default', min, min, 'min value', limit, 'default value'],
    ['default', max, limit, 'default value', max, 'max value'],
  ] as const
  const errors = rules.flatMap(([part, shown, more, moreName, less, lessName]) => {
    if (more === undefined || less === undefined || compareQuantities(more, less) <= 0) return []
    const detail = `${moreName} ${more} is greater than ${lessName} ${less}`
    return [invalid(`${path}.${part}[${name}]`, shown, detail)]
  })
  return [...errors, ...validateRatio(item, name, path)]
}

function validateRatio(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const ratio = item.maxLimitRequestRatio?.[name]
  if (ratio === undefined) return []
  const field = `${path}.maxLimitRequestRatio[${name}]`
  const errors: FieldError[] = []
  if (compareQuantities(ratio, '1') < 0) errors.push(invalid(field, ratio, `ratio ${ratio} is less than 1`))
  const min = item.min?.[name]
  const max = item.max?.[name]
  if (min === undefined || max === undefined) return errors
  const largest = Number(parseMilli(max)) / Number(parseMilli(min))
  if (Number(parseMilli(ratio)) / 1000 > largest) {
    errors.push(invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${largest.toFixed(6)}`))
  }
  return errors
}

/** pkg/apis/core/v1/defaults.go SetDefaults_LimitRangeItem. */
function defaultLimits(range: Fields): void {
  each(structAt(range, 'spec')['limits'], (item) => {
    if (item['type'] !== 'Container') return
    const limits = structAt(item, 'default')
    const requests = structAt(item, 'defaultRequest')
    if (isObject(item['max'])) fill(limits, item['max'])
    fill(requests, limits)
    if (isObject(item['min'])) fill(requests, item['min'])
    // Go leaves empty maps out.
    for (const part of ['default', 'defaultRequest']) {
      if (Object.keys(structAt(item, part)).length === 0) delete item[part]
    }
  })
}

export const limitRangeKind = defineKind<LimitRange>({
  resource: limitRanges,
  type: 'core/v1.LimitRange',
  madeByPut: true,
  shortNames: ['limits'],
  columns: [nameColumn, createdAtColumn],
  defaults: defaultLimits,
  validate: ({ spec }) =>
    spec.limits.flatMap((item, index) => {
      const path = `spec.limits[${index}]`
      const isRepeated = spec.limits.findIndex(({ type }) => type === item.type) < index
      return [...(isRepeated ? [duplicate(`${path}.type`, item.type)] : []), ...validateItem(item, path)]
    }),
})
