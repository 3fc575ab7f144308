// Owns the schemas of custom resource definitions as the server works with them.
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
  ValidationRule,
} from '../../../../generated/kubernetes.d.ts'

/** A JSONSchemaProps whose unions have types. */
export interface JsonSchema extends Omit<
  JSONSchemaProps,
  'default' | 'enum' | 'items' | 'allOf' | 'anyOf' | 'oneOf' | 'not' | 'properties' | 'additionalProperties'
> {
  readonly default?: unknown
  readonly enum?: unknown[]
  readonly items?: JsonSchema
  readonly allOf?: JsonSchema[]
  readonly anyOf?: JsonSchema[]
  readonly oneOf?: JsonSchema[]
  readonly not?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
}

export type Rule = ValidationRule
export type Definition = CustomResourceDefinition
export type Version = CustomResourceDefinition['spec']['versions'][number]

/** The schema of a version, an object of anything where it has none. */
export function schemaOfVersion({ schema }: Version): JsonSchema {
  // The field table leaves open what a union holds; the definition has been validated.
  return (schema?.openAPIV3Schema ?? {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  }) as JsonSchema
}

/** The schema of the values of a map; undefined where `additionalProperties` is no schema. */
export function valuesOf({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** True where fields that the schema does not name are kept. */
export function keepsUnknown(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true
}

/** True for what carries apiVersion, kind and metadata whatever its schema names. */
export function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

/** True for what is a whole number or a text. */
export function isIntOrString(schema: JsonSchema): boolean {
  return schema['x-kubernetes-int-or-string'] === true
}
