// Owns reading the resources of an extension server out of its APIResourceList.
import type { ExtensionVersion } from './aggregator.ts'

/** One resource, as each form of discovery shows it. */
export interface ResourceFacts {
  readonly name: string
  readonly singular: string
  readonly namespaced: boolean
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly ResourceFacts[]
  /** Says which version objects are stored in; absent for what is not stored. */
  readonly storageVersionHash?: string
}

/** Resources with their subresources, which a list has as `pods/status` beside them. */
export function extensionResources(list: ExtensionVersion['resources']): ResourceFacts[] {
  const subresources = Map.groupBy(
    list.filter((entry) => textOf(entry['name']).includes('/')),
    (entry) => textOf(entry['name']).split('/')[0] ?? '',
  )
  return list
    .filter((entry) => !textOf(entry['name']).includes('/'))
    .map((entry) => {
      const name = textOf(entry['name'])
      const subs = (subresources.get(name) ?? []).map((sub) =>
        factsOf(sub, textOf(sub['name']).slice(name.length + 1)),
      )
      return { ...factsOf(entry, name), subresources: subs }
    })
}

function factsOf(entry: Readonly<Record<string, unknown>>, name: string): ResourceFacts {
  const { group, version } = entry
  return {
    name,
    singular: textOf(entry['singularName']),
    namespaced: entry['namespaced'] === true,
    kind: textOf(entry['kind']),
    ...(typeof group === 'string' && typeof version === 'string' ? { group, version } : {}),
    verbs: textsOf(entry['verbs']),
    shortNames: textsOf(entry['shortNames']),
    categories: textsOf(entry['categories']),
    subresources: [],
    ...(typeof entry['storageVersionHash'] === 'string'
      ? { storageVersionHash: entry['storageVersionHash'] }
      : {}),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
