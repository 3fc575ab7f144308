// Owns the shape of a custom kind at one version: how its objects are read, completed, merged and described.
// Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (schemaCoercingDecoder, unstructuredDefaulter).
import { QuantityError } from '../../../base/quantity.ts'
import { StatusError } from '../../../base/errors.ts'
import { isObject } from '../../../base/json.ts'
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import { readPart } from '../../schema/decode.ts'
import type { Decoded, DecodeOptions } from '../../schema/decoding.ts'
import { typeOf, type StructSchema } from '../../schema/fields.ts'
import type { CustomOpenApi, ObjectSchema } from '../../schema/object-schema.ts'
import { DecodeError } from '../../schema/scalar.ts'
import { fillDefaults } from './defaulting.ts'
import { schemaOfVersion, type Definition, type Version } from './json-schema.ts'
import { mergeSchemaOf } from './merge-schema.ts'
import { prune } from './pruning.ts'
import { publishedSchemas } from './publish.ts'

/** The schema of a version; what is costly about it is worked out at the first use. */
export function customSchema({ spec }: Definition, version: Version): ObjectSchema {
  const { group, names } = spec
  const { kind, listKind = `${kind}List` } = names
  const apiVersion = groupVersionOf({ group, version: version.name })
  const schema = schemaOfVersion(version)
  let struct: StructSchema | undefined
  let openApi: CustomOpenApi | undefined
  return {
    apiVersion,
    kind,
    type: undefined,
    get struct() {
      return (struct ??= mergeSchemaOf(`${apiVersion}.${kind}`, schema))
    },
    custom: {
      plainStatus: version.subresources?.status === undefined,
      decode: (json, options) => new Reading({ apiVersion, kind, version }).read(json, options),
      fillDefaults: (object) => fillDefaults(schema, object),
      openApi: () => (openApi ??= publishedSchemas({ group, version: version.name, kind, listKind }, schema)),
    },
  }
}

const MAX_STRICT_ERRORS = 100

class Reading {
  readonly #of: { readonly apiVersion: string; readonly kind: string; readonly version: Version }

  constructor(of: { readonly apiVersion: string; readonly kind: string; readonly version: Version }) {
    this.#of = of
  }

  read(json: unknown, options: DecodeOptions): Decoded<Record<string, unknown>> {
    const { apiVersion, kind, version } = this.#of
    if (!isObject(json))
      throw this.#refuse('json: cannot unmarshal into Go value of type map[string]interface {}')
    const { value, unknown } = prune(schemaOfVersion(version), json, true)
    const metadata = this.#metadata(json['metadata'])
    const complaints = [
      ...(options.yamlComplaint ? [options.yamlComplaint] : []),
      ...(options.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`),
      ...[...metadata.unknown, ...unknown].map((path) => `unknown field ${JSON.stringify(path)}`),
    ].slice(0, MAX_STRICT_ERRORS)
    if (options.fieldValidation === 'Strict' && complaints.length > 0) {
      throw this.#refuse(`strict decoding error: ${complaints.join(', ')}`)
    }
    const fields = value as Record<string, unknown>
    const object = {
      ...fields,
      apiVersion: typeof fields['apiVersion'] === 'string' ? fields['apiVersion'] : apiVersion,
      kind: typeof fields['kind'] === 'string' ? fields['kind'] : kind,
      ...(metadata.value ? { metadata: metadata.value } : {}),
    }
    return { object, warnings: options.fieldValidation === 'Warn' ? complaints : [] }
  }

  #metadata(json: unknown): { value?: Record<string, unknown>; unknown: readonly string[] } {
    if (json === undefined || json === null) return { unknown: [] }
    try {
      const { value, unknown } = readPart(typeOf('meta/v1.ObjectMeta'), json)
      return { value, unknown: unknown.map((path) => `metadata.${path}`) }
    } catch (error) {
      if (error instanceof DecodeError || error instanceof QuantityError) throw this.#refuse(error.message)
      throw error
    }
  }

  #refuse(message: string): StatusError {
    const { kind, version } = this.#of
    const text = `${kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${kind}: ${message}`
    return new StatusError('BadRequest', text)
  }
}
