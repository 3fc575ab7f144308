// Owns comparing what the built-in controller has made with what the real one made of the same cases, object by object.
import { isDeepStrictEqual } from 'node:util'

import type { Case } from './cases.ts'
import type { Json } from './observe.ts'
import type { Recorded } from './recorded.ts'

/** One object that is not the same, with what each controller has made of it; undefined for nothing. */
export interface Difference {
  /** `made Ingress web/game`, `changed stack shop/web`, `refused`. */
  readonly key: string
  readonly real: Json | undefined
  readonly own: Json | undefined
}

/** Every object that differs, when the cases were made and after they were changed. */
export function differences(real: Recorded, own: Recorded): Difference[] {
  // What the changes have left alone is not kept a second time.
  const at = (kept: Recorded, step: 'made' | 'changed', key: string): Json | undefined =>
    kept[step][key] ?? kept.made[key]
  const found = (step: 'made' | 'changed'): Difference[] =>
    [...new Set([...Object.keys(real[step]), ...Object.keys(own[step])])]
      .toSorted()
      .map((key) => ({ key: `${step} ${key}`, real: at(real, step, key), own: at(own, step, key) }))
      .filter((each) => !isDeepStrictEqual(plain(each.real), plain(each.own)))
  const refusals = isDeepStrictEqual(real.refused, own.refused)
    ? []
    : [{ key: 'refused', real: real.refused, own: own.refused }]
  return [...refusals, ...found('made'), ...found('changed')]
}

/** True for what belongs to a case that AWS would carry out, and Neargate refuses by name: each says so in its own words. */
export function isRefusal({ key }: Difference, cases: readonly Case[]): boolean {
  return cases.some(
    ({ isRefused, objects }) =>
      isRefused &&
      objects.some(({ metadata }) => key.endsWith(` ${metadata.namespace ?? 'default'}/${metadata.name}`)),
  )
}

// What is the same thing said twice, or in an order that nobody has chosen.
function plain(value: Json | undefined, name = ''): Json | undefined {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((each) => plain(each) ?? null)
    if (name === 'events') return [...new Set(items.map(String).filter(isNews))]
    // Subnets come in the order of their ids.
    return name === 'from'
      ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : items
  }
  if (value === null || typeof value !== 'object') {
    // Go's maps have no order: the same tag is now the first and now the second.
    return typeof value === 'string' ? value.replaceAll(/tags\.\d+\.member/g, 'tags.N.member') : value
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each, key) ?? null]))
}

// A pass that the removal of its target group has overtaken says so, or does not.
function isNews(event: string): boolean {
  return !event.includes('targetGroupBinding: Failed reconcile due to One or more target groups not found')
}
