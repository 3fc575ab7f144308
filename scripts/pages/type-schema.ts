// Owns turning types of the source into JSON schemas, by the compiler's own checker: docs comments become descriptions.
import {
  API,
  type Checker,
  type Symbol as TypeSymbol,
  SymbolFlags,
  TypeFlags,
  type Type,
} from 'typescript/unstable/sync'

/** A JSON schema of draft 2020-12, as far as types of plain data need it. */
export type JsonSchema = {
  readonly [keyword: string]: unknown
}

interface Walk {
  readonly checker: Checker
  /** Named interfaces, each once; in the order in which they were met. */
  readonly definitions: Map<string, JsonSchema>
}

/**
 * The schemas of the properties of an exported interface, each whole in itself.
 * @param project path of a tsconfig.json, @param file one of its files, @param name of the interface
 */
export function schemasOf(project: string, file: string, name: string): ReadonlyMap<string, JsonSchema> {
  const api = new API()
  try {
    const { program, checker } = openProject(api, project)
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    const outputs = module && checker.getExportsOfModule(module).find((each) => each.name === name)
    if (!outputs) throw new TypeError(`${file} exports no ${name}`)
    const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(outputs))
    return new Map(properties.map((property) => [property.name, wholeSchema(checker, property)]))
  } finally {
    api.close()
  }
}

function openProject(api: API, file: string): { program: Program; checker: Checker } {
  const project = api.updateSnapshot({ openProjects: [file] }).getProject(file)
  if (!project) throw new TypeError(`${file} is no project`)
  return project
}

type Program = NonNullable<ReturnType<ReturnType<API['updateSnapshot']>['getProject']>>['program']

function wholeSchema(checker: Checker, property: TypeSymbol): JsonSchema {
  const walk: Walk = { checker, definitions: new Map() }
  const schema = schemaOf(typeOfProperty(walk, property), walk)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...schema,
    ...(walk.definitions.size > 0 && { $defs: Object.fromEntries(walk.definitions) }),
  }
}

function typeOfProperty({ checker }: Walk, property: TypeSymbol): Type {
  const type = checker.getTypeOfSymbol(property)
  if (!type) throw new TypeError(`${property.name} has no type`)
  return type
}

function schemaOf(type: Type, walk: Walk): JsonSchema {
  const { flags } = type
  if (flags & TypeFlags.String) return { type: 'string' }
  if (flags & TypeFlags.Number) return { type: 'number' }
  if (flags & TypeFlags.Boolean) return { type: 'boolean' }
  if (flags & (TypeFlags.Unknown | TypeFlags.Any)) return {}
  if (flags & TypeFlags.Null) return { type: 'null' }
  const literal = literalOf(type, walk)
  if (literal !== undefined) return { const: literal }
  if (type.isUnionType()) return unionSchema(type.getTypes(), walk)
  if (walk.checker.isArrayLikeType(type)) return arraySchema(type, walk)
  return objectSchema(type, walk)
}

function literalOf(type: Type, { checker }: Walk): string | number | boolean | undefined {
  if (!(type.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral | TypeFlags.BooleanLiteral))) {
    return undefined
  }
  // As it would be written: "near", 3, true.
  return JSON.parse(checker.typeToString(type)) as string | number | boolean
}

function unionSchema(types: readonly Type[], walk: Walk): JsonSchema {
  const present = types.filter(({ flags }) => !(flags & TypeFlags.Undefined))
  const literals = present.map((each) => literalOf(each, walk))
  if (literals.every((each) => each !== undefined)) {
    if (literals.length === 1) return { const: literals[0] }
    const isEither = literals.length === 2 && literals.every((each) => typeof each === 'boolean')
    return isEither
      ? { type: 'boolean' }
      : { enum: literals.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)) }
  }
  // The compiler orders members by when it met them, which is not the same in every run.
  const schemas = present
    .map((each) => schemaOf(each, walk))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const [first, ...rest] = schemas
  return first && rest.length === 0 ? first : { anyOf: schemas }
}

function arraySchema(type: Type, walk: Walk): JsonSchema {
  const [item] = walk.checker.getTypeArguments(type as Parameters<Checker['getTypeArguments']>[0])
  return item ? { type: 'array', items: schemaOf(item, walk) } : { type: 'array', maxItems: 0 }
}

function objectSchema(type: Type, walk: Walk): JsonSchema {
  const { checker, definitions } = walk
  const [index] = checker.getIndexInfosOfType(type)
  if (index) return { type: 'object', additionalProperties: schemaOf(index.valueType, walk) }
  const symbol = type.getSymbol()
  const name = symbol && !symbol.name.startsWith('__') ? symbol.name : undefined
  const make = (): JsonSchema => ({
    ...(symbol && name !== undefined && description(checker.getDocumentationCommentOfSymbol(symbol))),
    ...structSchema(type, walk),
  })
  if (name === undefined) return make()
  // Set first: a type may hold itself.
  if (!definitions.has(name)) {
    definitions.set(name, {})
    definitions.set(name, make())
  }
  return { $ref: `#/$defs/${name}` }
}

function structSchema(type: Type, walk: Walk): JsonSchema {
  const declared = walk.checker.getPropertiesOfType(type)
  // Inherited ones come in an order that depends on what was looked at before.
  const inOrder =
    (type.getBaseTypes()?.length ?? 0) > 0
      ? declared.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      : declared
  const properties = inOrder.map((property) => {
    const own = typeOfProperty(walk, property)
    const isOptional = (property.flags & SymbolFlags.Optional) !== 0
    const text = description(walk.checker.getDocumentationCommentOfSymbol(property))
    return { name: property.name, isOptional, schema: { ...text, ...schemaOf(own, walk) } }
  })
  const required = properties.filter(({ isOptional }) => !isOptional).map(({ name }) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(properties.map(({ name, schema }) => [name, schema])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

function description(comment: string): { description?: string } {
  const text = comment.replaceAll(/\s+/g, ' ').trim()
  return text === '' ? {} : { description: text }
}
