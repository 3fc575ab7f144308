// Owns arithmetic of resource lists: amounts by name, written as Kubernetes writes quantities.
// Source: apiserver pkg/quota/v1/resources.go.
import { addQuantities, compareQuantities, subtractQuantities } from '../../base/canonical-quantity.ts'

export type ResourceList = Readonly<Record<string, string>>

/** Everything of both, what is in both added up. */
export function addLists(a: ResourceList, b: ResourceList): ResourceList {
  return combine(a, b, addQuantities)
}

/** Everything of both, of what is in both the larger amount. */
export function largerOf(a: ResourceList, b: ResourceList): ResourceList {
  return combine(a, b, (x, y) => (compareQuantities(x, y) >= 0 ? x : y))
}

function combine(a: ResourceList, b: ResourceList, join: (x: string, y: string) => string): ResourceList {
  const result: Record<string, string> = { ...a }
  for (const [name, amount] of Object.entries(b)) {
    const present = result[name]
    result[name] = present === undefined ? amount : join(present, amount)
  }
  return result
}

/** What `a` has more than `b`, by name: only what is more than nothing. */
export function excessOf(a: ResourceList, b: ResourceList): ResourceList {
  const rest = Object.entries(a).map(([name, amount]) => [name, subtractQuantities(amount, b[name] ?? '0')])
  return Object.fromEntries(
    rest.filter(([, amount = '0']) => compareQuantities(amount, '0') > 0),
  ) as ResourceList
}

/** The part with these names. */
export function maskList(list: ResourceList, names: readonly string[]): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([name]) => names.includes(name)))
}

/** Names for which `a` has more than `b` allows; what `b` does not name is allowed. */
export function exceededNames(a: ResourceList, b: ResourceList): string[] {
  return Object.entries(a)
    .filter(([name, amount]) => b[name] !== undefined && compareQuantities(amount, b[name]) > 0)
    .map(([name]) => name)
}

/** True when both name the same with equal amounts, however they are written. */
export function equalLists(a: ResourceList, b: ResourceList): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => b[name] !== undefined && compareQuantities(a[name] ?? '0', b[name]) === 0)
}

/** `cpu=1,pods=2`, in order of name: how quotas print a list. */
export function printList(list: ResourceList): string {
  return Object.keys(list)
    .toSorted()
    .map((name) => `${name}=${list[name]}`)
    .join(',')
}
