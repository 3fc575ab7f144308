// Owns telling in which properties a resource differs from what its template asks for.
import type { PropertyDifference } from '@aws-sdk/client-cloudformation'

import { deepEqual } from '../../../../base/json.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'

/**
 * The differences as CloudFormation lists them: a JSON pointer each, values as text. Lists are compared as sets: the
 * services give them in an order of their own.
 */
export function differencesOf(expected: TemplateObject, actual: TemplateObject): PropertyDifference[] {
  return compare(expected, actual, '')
}

function compare(
  expected: TemplateValue | undefined,
  actual: TemplateValue | undefined,
  at: string,
): PropertyDifference[] {
  if (expected === undefined || actual === undefined) {
    if (expected === actual) return []
    return [difference(at, expected, actual)]
  }
  if (Array.isArray(expected) && Array.isArray(actual)) return compareLists(expected, actual, at)
  if (isTemplateObject(expected) && isTemplateObject(actual)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    return names.flatMap((name) => compare(expected[name], actual[name], `${at}/${name}`))
  }
  // A template may write numbers and booleans as text.
  return deepEqual(expected, actual) || textOf(expected) === textOf(actual)
    ? []
    : [difference(at, expected, actual)]
}

function compareLists(
  expected: readonly TemplateValue[],
  actual: readonly TemplateValue[],
  at: string,
): PropertyDifference[] {
  const left = new Map(actual.entries())
  const take = (isIt: (item: TemplateValue, index: number) => boolean): TemplateValue | undefined => {
    const found = [...left].find(([index, item]) => isIt(item, index))
    if (found) left.delete(found[0])
    return found?.[1]
  }
  const lacking = [...expected.entries()].filter(
    ([, item]) => take((other) => deepEqual(item, other)) === undefined,
  )
  const changed = lacking.flatMap(([index, item]) => {
    const key = isTemplateObject(item) ? item['Key'] : undefined
    // A tag with another value is the same tag; anything else is the same by its place.
    const other = take((one, at) =>
      key === undefined ? at === index : isTemplateObject(one) && one['Key'] === key,
    )
    return compare(item, other, `${at}/${index}`)
  })
  // What is there too much comes after what is expected, in whatever order the service lists it.
  const added = [...left.values()].map((item, index) =>
    difference(`${at}/${expected.length + index}`, undefined, item),
  )
  return [...changed, ...added]
}

function difference(
  PropertyPath: string,
  expected: TemplateValue | undefined,
  actual: TemplateValue | undefined,
): PropertyDifference {
  return {
    PropertyPath,
    ExpectedValue: textOf(expected),
    ActualValue: textOf(actual),
    DifferenceType: expected === undefined ? 'ADD' : actual === undefined ? 'REMOVE' : 'NOT_EQUAL',
  }
}

function textOf(value: TemplateValue | undefined): string {
  if (value === undefined) return 'null'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
