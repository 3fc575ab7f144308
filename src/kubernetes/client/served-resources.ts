// Owns how the resources of a cluster are told to those that work on all of them, as custom ones come and go.
import type { Resource } from './client.ts'

/** The resources that objects are listed, watched and deleted by: one a kind of stored object, at one version. */
export interface ServedResources {
  readonly all: readonly Resource[]
  /** Calls back after each change of `all`. @returns a function that ends it. */
  onChange(listener: () => void): () => void
}

/** Resources that never change. */
export function fixedResources(all: readonly Resource[]): ServedResources {
  return { all, onChange: () => () => undefined }
}
