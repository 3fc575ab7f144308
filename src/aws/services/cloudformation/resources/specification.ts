// Owns what AWS publishes about the resource types that are emulated: their properties, and what an update of one does.
import { packageText } from '../../../../base/package-files.ts'

export type Scalar = 'string' | 'integer' | 'number' | 'boolean' | 'timestamp'

export type ValueType =
  | { readonly kind: Scalar | 'json' }
  | { readonly kind: 'list' | 'map'; readonly of: ValueType }
  | { readonly kind: 'union'; readonly of: readonly ValueType[] }
  | { readonly kind: 'object'; readonly properties: PropertyTable }

export interface PropertyFacts {
  readonly type: ValueType
  readonly isRequired: boolean
  /** Whether an update of it makes a new resource: template reference, "Update requires". */
  readonly replaces: 'yes' | 'maybe' | 'no'
}

export type PropertyTable = ReadonlyMap<string, PropertyFacts>

export interface TypeFacts {
  readonly properties: PropertyTable
  /** What Fn::GetAtt may ask for. */
  readonly attributes: readonly string[]
  /** How the type spells its property `Tags`; undefined when it has none that stacks add theirs to. */
  readonly tags?: 'standard' | 'map' | 'asg'
}

interface Row {
  readonly tags?: 'standard' | 'map' | 'asg'
  readonly attributes: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  readonly definitions?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

// AWS's registry does not have it; its one property is what CDK writes (aws/aws-cdk-cli, metadata-resource.ts).
const UNPUBLISHED: Readonly<Record<string, Row>> = {
  'AWS::CDK::Metadata': { attributes: [], properties: { Analytics: 'string' } },
}

let rows: Readonly<Record<string, Row>> | undefined
const read = new Map<string, TypeFacts>()

/** True for a type that the publisher's table has. */
export function isPublished(name: string): boolean {
  return !Object.hasOwn(UNPUBLISHED, name)
}

/** What is published about a type, out of data/cloudformation-types.json; undefined for a type it does not have. */
export function typeFacts(name: string): TypeFacts | undefined {
  const known = read.get(name)
  if (known) return known
  // scripts/cloudformation-types.ts writes it in this shape.
  rows ??= {
    ...(JSON.parse(packageText('data/cloudformation-types.json')) as { types: Record<string, Row> }).types,
    ...UNPUBLISHED,
  }
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (!row) return undefined
  const facts = {
    properties: new Reader(row).table(row.properties),
    attributes: row.attributes,
    ...(row.tags ? { tags: row.tags } : {}),
  }
  read.set(name, facts)
  return facts
}

/** Reads the notation of the file; definitions may refer to themselves, so each is read once. */
class Reader {
  readonly #row: Row
  readonly #tables = new Map<string, Map<string, PropertyFacts>>()

  constructor(row: Row) {
    this.#row = row
  }

  table(properties: Readonly<Record<string, string>>): Map<string, PropertyFacts> {
    return new Map(Object.entries(properties).map(([name, text]) => [name, this.#property(text)]))
  }

  #property(text: string): PropertyFacts {
    const [, type = '', flags = ''] = /^(.*?)([!^~]*)$/.exec(text) ?? []
    return {
      type: this.#type(type),
      isRequired: flags.includes('!'),
      replaces: flags.includes('^') ? 'yes' : flags.includes('~') ? 'maybe' : 'no',
    }
  }

  #type(text: string): ValueType {
    if (text.startsWith('[') && text.endsWith(']')) return { kind: 'list', of: this.#type(text.slice(1, -1)) }
    if (text.startsWith('{') && text.endsWith('}')) return { kind: 'map', of: this.#type(text.slice(1, -1)) }
    if (text.includes('|')) return { kind: 'union', of: text.split('|').map((part) => this.#type(part)) }
    if (text === 'tag') return { kind: 'object', properties: TAG }
    if (text.startsWith('#')) return { kind: 'object', properties: this.#definition(text.slice(1)) }
    // What is left in the notation is a scalar or `json`.
    return { kind: text as Scalar | 'json' }
  }

  #definition(name: string): PropertyTable {
    const known = this.#tables.get(name)
    if (known) return known
    const table = new Map<string, PropertyFacts>()
    this.#tables.set(name, table)
    for (const [key, facts] of this.table(this.#row.definitions?.[name] ?? {})) table.set(key, facts)
    return table
  }
}

const TAG: PropertyTable = new Map(
  ['Key', 'Value'].map((name) => [
    name,
    { type: { kind: 'string' as const }, isRequired: true, replaces: 'no' as const },
  ]),
)
