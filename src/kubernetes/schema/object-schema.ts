// Owns what the shape of a kind's objects is to the API server: a type of the field table, or what a custom resource
// definition says.
import type { Decoded, DecodeOptions } from './decoding.ts'
import { apiVersionAndKindOf, typeOf } from './fields.ts'
import type { StructSchema } from './fields.ts'

/** The shape of the objects of one kind at one version. */
export interface ObjectSchema {
  /** `apps/v1` */
  readonly apiVersion: string
  readonly kind: string
  /** Name in the field table, `apps/v1.Deployment`; undefined for custom resources. */
  readonly type: string | undefined
  /** How its fields merge and who may own them. May be worked out at the first use. */
  readonly struct: StructSchema
  /** Set for custom resources, which are read and completed by rules of their own. */
  readonly custom?: CustomRules
}

/** What custom resources do differently from types of the field table. */
export interface CustomRules {
  /** Without a status subresource, `status` is a field like any other. */
  readonly plainStatus: boolean
  /** @throws StatusError BadRequest */
  decode(json: unknown, options: DecodeOptions): Decoded<Record<string, unknown>>
  /** Fills in, in place, the defaults that the definition states. */
  fillDefaults(object: Record<string, unknown>): void
  /** Name and OpenAPI v3 schema of the kind and of its list, for the documents of the API server. */
  openApi(): CustomOpenApi
}

export interface CustomOpenApi {
  /** Key under `components.schemas` of one object. */
  readonly name: string
  readonly listName: string
  readonly schemas: Readonly<Record<string, unknown>>
}

/** The name of a type in the field table, or a schema. */
export type SchemaRef = string | ObjectSchema

// A memo of the immutable field table.
const known = new Map<string, ObjectSchema>()

/** The schema that is meant; the field table itself is read when `struct` is first asked for. */
export function schemaOf(ref: SchemaRef): ObjectSchema {
  if (typeof ref !== 'string') return ref
  let schema = known.get(ref)
  if (!schema) known.set(ref, (schema = builtinSchema(ref)))
  return schema
}

function builtinSchema(type: string): ObjectSchema {
  return {
    type,
    get apiVersion() {
      return apiVersionAndKindOf(type).apiVersion
    },
    get kind() {
      return apiVersionAndKindOf(type).kind
    },
    get struct() {
      return typeOf(type)
    },
  }
}
