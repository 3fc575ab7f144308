// Owns what a CustomResourceDefinition defines, read from a manifest as somebody wrote it.
import { isObject } from '../../base/json.ts'

export interface CustomKind {
  readonly group: string
  readonly kind: string
  readonly plural: string
  /** Versions that are served. */
  readonly versions: readonly string[]
}

export const DEFINITION = 'CustomResourceDefinition'

/** The kind that an object defines; undefined when it is no whole definition. */
export function customKindOf(object: {
  readonly kind: string
  readonly spec?: unknown
}): CustomKind | undefined {
  if (object.kind !== DEFINITION || !isObject(object.spec)) return undefined
  const { group, names, versions } = object.spec
  if (typeof group !== 'string' || !isObject(names)) return undefined
  const { kind, plural } = names
  if (typeof kind !== 'string' || typeof plural !== 'string') return undefined
  const served = Array.isArray(versions) ? versions.flatMap(servedName) : []
  return { group, kind, plural, versions: served }
}

function servedName(version: unknown): string[] {
  const isServed = isObject(version) && version['served'] === true && typeof version['name'] === 'string'
  return isServed ? [String(version['name'])] : []
}
