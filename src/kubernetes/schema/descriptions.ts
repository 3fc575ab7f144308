// Owns what Kubernetes says of its types and their fields, read when asked for.
// Source: data/kubernetes-descriptions.json.gz, made by scripts/kubernetes-descriptions.ts.
import { gunzipSync } from 'node:zlib'

import { packageBytes } from '../../base/package-files.ts'

/** What there is to say of one type. */
export interface TypeDescription {
  readonly description: string
  /** By name of the field, `apiVersion` and `kind` of kinds among them; most fields that are a type of their own lack. */
  readonly fields: Readonly<Record<string, string>>
}

export type Descriptions = Readonly<Record<string, TypeDescription>>

// Few clients ask for OpenAPI, and those do it for several documents in a row: until memory is collected the texts stay.
let read: WeakRef<Descriptions> | undefined

/** The descriptions by name of the type, `core/v1.Pod`. To be dropped after use: they are large. */
export function readDescriptions(): Descriptions {
  const known = read?.deref()
  if (known) return known
  const text = gunzipSync(packageBytes('data/kubernetes-descriptions.json.gz')).toString()
  const descriptions = JSON.parse(text) as Descriptions
  read = new WeakRef(descriptions)
  return descriptions
}
