// Writes data/cloudformation-types.json: properties and update behaviours of the emulated resource types, as AWS publishes them.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { resourceTypes } from '../src/aws/services/cloudformation/resources/index.ts'
import { isPublished } from '../src/aws/services/cloudformation/resources/specification.ts'

const PACKAGE = '@aws-cdk/aws-service-spec'

interface Reference {
  readonly $ref: string
}
/** A scalar, a list or map of `element`, the definition of `reference`, or one of `types`. */
interface PropertyType {
  readonly type: string
  readonly element?: PropertyType
  readonly reference?: Reference
  readonly types?: readonly PropertyType[]
}
interface Property {
  readonly type: PropertyType
  readonly required?: boolean
  readonly causesReplacement?: 'yes' | 'maybe' | 'no'
}
interface TypeDefinition {
  readonly $id: string
  readonly name: string
  readonly properties: Readonly<Record<string, Property>>
}
interface Resource extends Omit<TypeDefinition, 'name'> {
  readonly cloudFormationType: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly primaryIdentifier?: readonly string[]
  readonly tagInformation?: { readonly tagPropertyName: string; readonly variant: string }
}
interface Database {
  readonly schema: {
    readonly resource: { readonly entities: readonly Resource[] }
    readonly typeDefinition: { readonly entities: readonly TypeDefinition[] }
  }
}

/** The extract for these types. @throws Error for a type that the publisher does not have */
export function extractTypes(types: readonly string[]): object {
  const require = createRequire(import.meta.url)
  const { version } = require(`${PACKAGE}/package.json`) as { version: string }
  const packed = readFileSync(require.resolve(`${PACKAGE}/db.json.gz`))
  const database = JSON.parse(gunzipSync(packed).toString('utf8')) as Database
  const resources = database.schema.resource.entities
  const definitions = new Map(database.schema.typeDefinition.entities.map((each) => [each.$id, each]))
  return {
    note: 'CloudFormation resource types: properties, types, what is required, what an update of it does.',
    source: `npm ${PACKAGE} ${version}, Apache-2.0: AWS's CloudFormation registry schemas and documentation`,
    notation:
      "string | integer | number | boolean | json | tag | timestamp; [T] list, {T} map, #Name a type of 'definitions'; ! required, ^ an update replaces the resource, ~ it may",
    types: Object.fromEntries(
      types.toSorted().map((type) => {
        const resource = resources.find((each) => each.cloudFormationType === type)
        if (!resource) throw new Error(`${PACKAGE} has no ${type}`)
        return [type, extract(resource, definitions)]
      }),
    ),
  }
}

function extract(resource: Resource, known: ReadonlyMap<string, TypeDefinition>): object {
  const definitions: Record<string, object> = {}
  const write = (type: PropertyType): string => {
    if (type.type === 'union') return (type.types ?? []).map(write).join('|')
    if (type.type === 'array' && type.element) return `[${write(type.element)}]`
    if (type.type === 'map' && type.element) return `{${write(type.element)}}`
    if (!type.reference) return type.type
    const definition = known.get(type.reference.$ref)
    if (!definition) throw new Error(`${resource.cloudFormationType} refers to an unknown type`)
    if (!definitions[definition.name]) {
      definitions[definition.name] = {}
      definitions[definition.name] = writeAll(definition.properties)
    }
    return `#${definition.name}`
  }
  const writeAll = (properties: Readonly<Record<string, Property>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(properties)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { type, required, causesReplacement }]) => {
          const replacement = { yes: '^', maybe: '~', no: '' }[causesReplacement ?? 'no']
          return [name, `${write(type)}${required ? '!' : ''}${replacement}`]
        }),
    )
  return {
    ...(resource.primaryIdentifier ? { identifier: resource.primaryIdentifier } : {}),
    ...(resource.tagInformation ? { tags: resource.tagInformation.variant } : {}),
    attributes: Object.keys(resource.attributes).toSorted(),
    properties: writeAll(resource.properties),
    ...(Object.keys(definitions).length > 0 ? { definitions } : {}),
  }
}

/** The names of the types that the file has. */
export function extractedTypes(): readonly string[] {
  return resourceTypes()
    .map(({ name }) => name)
    .filter(isPublished)
}

const file = fileURLToPath(new URL('../data/cloudformation-types.json', import.meta.url))
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // One type a line: the file is compared by line when a newer version of the package is taken.
  const { types, ...head } = extractTypes(extractedTypes()) as { types: Record<string, object> }
  const rows = Object.entries(types).map(
    ([type, row]) => `    ${JSON.stringify(type)}: ${JSON.stringify(row)}`,
  )
  const opening = JSON.stringify(head, null, 2).replace(/\n\}$/, '')
  writeFileSync(file, `${opening},\n  "types": {\n${rows.join(',\n')}\n  }\n}\n`)
}
