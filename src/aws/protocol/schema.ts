// Owns the extracted schema tables: their shape, and loading one when its service is first used.

import { packageText } from '../../base/package-files.ts'
import { InternalError } from '../../base/errors.ts'

/** A named shape, or a simple one in the numbers of @smithy/core/schema; 64 and 128 are added for lists and maps. */
export type ShapeRef = string | number

export interface Traits {
  readonly httpLabel?: 1
  readonly httpQuery?: string
  readonly httpHeader?: string
  /** Of a map: headers that begin so are its entries. */
  readonly httpPrefixHeaders?: string
  readonly httpPayload?: 1
  readonly idempotencyToken?: 1
  readonly jsonName?: string
  readonly xmlName?: string
  readonly xmlAttribute?: 1
  readonly ec2QueryName?: string
  readonly xmlFlattened?: 1
}

export type MemberRef = ShapeRef | readonly [ShapeRef, Traits]

interface ShapeRow {
  readonly members?: Readonly<Record<string, MemberRef>>
  /** The first so many members are required. */
  readonly required?: number
  readonly list?: MemberRef
  readonly key?: MemberRef
  readonly map?: MemberRef
}

export interface OperationRow {
  readonly input: ShapeRef
  readonly output: ShapeRef
  /** Method, path template and status of a REST operation. */
  readonly http?: readonly [method: string, path: string, status: number]
  /** The element of an answer in XML, where its shape names one. */
  readonly xmlName?: string
}

export interface ErrorRow {
  readonly status: number
  /** The code on the wire where it differs from the name of the shape. */
  readonly code?: string
}

/** One file of generated/aws/, written by scripts/aws-schemas.ts. */
export interface SchemaFile {
  readonly version: string
  /** Prefix of X-Amz-Target, without the dot. */
  readonly target: string
  readonly xmlNamespace?: string
  readonly operations: Readonly<Record<string, OperationRow>>
  readonly errors: Readonly<Record<string, ErrorRow>>
  readonly shapes: Readonly<Record<string, ShapeRow>>
}

export type SimpleType = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'document'

export interface Member {
  readonly name: string
  readonly ref: ShapeRef
  readonly traits: Traits
  readonly required: boolean
}

/** A shape as the codecs want it. */
export type Shape =
  | { readonly kind: 'simple'; readonly type: SimpleType }
  | { readonly kind: 'list'; readonly item: Member }
  | { readonly kind: 'map'; readonly key: Member; readonly value: Member }
  | { readonly kind: 'structure'; readonly name: string; readonly members: readonly Member[] }

// @smithy/core/schema sentinels: 0 string, 1 number, 2 boolean, 4-7 timestamps, 15 document, 21 blob, 42 streaming blob.
const SIMPLE: Readonly<Record<number, SimpleType>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  6: 'timestamp',
  7: 'timestamp',
  15: 'document',
  17: 'number',
  19: 'number',
  21: 'blob',
  42: 'blob',
}
const [LIST_BIT, MAP_BIT] = [64, 128]

/** Where a REST operation is found. */
export interface Route {
  readonly operation: string
  readonly method: string
  readonly segments: readonly string[]
}

/** True for `{name}` in a path template. */
export function isLabel(segment: string): boolean {
  return segment.startsWith('{')
}

/** The schema of one service. */
export class Schema {
  readonly name: string
  readonly file: SchemaFile
  readonly #shapes = new Map<ShapeRef, Shape>()
  #routes: readonly Route[] | undefined

  constructor(name: string, file: SchemaFile) {
    this.name = name
    this.file = file
  }

  operation(name: string): OperationRow | undefined {
    return Object.hasOwn(this.file.operations, name) ? this.file.operations[name] : undefined
  }

  /** REST routes; a literal segment comes before a label at the same place. */
  get routes(): readonly Route[] {
    if (this.#routes) return this.#routes
    const routes = Object.entries(this.file.operations).flatMap(([operation, { http }]) =>
      http ? [{ operation, method: http[0], segments: http[1].split('/').slice(1) }] : [],
    )
    const rank = (route: Route): string => route.segments.map((part) => (isLabel(part) ? '1' : '0')).join('')
    this.#routes = routes.toSorted((a, b) => rank(a).localeCompare(rank(b)))
    return this.#routes
  }

  /** The error table's row for a code on the wire or a shape name. */
  error(code: string): ErrorRow | undefined {
    if (Object.hasOwn(this.file.errors, code)) return this.file.errors[code]
    return Object.values(this.file.errors).find((row) => row.code === code)
  }

  shape(ref: ShapeRef): Shape {
    const known = this.#shapes.get(ref)
    if (known) return known
    const shape = typeof ref === 'number' ? simpleShape(ref) : this.#named(ref)
    this.#shapes.set(ref, shape)
    return shape
  }

  #named(name: string): Shape {
    // "Unit" is Smithy's name for "no members at all".
    if (name === 'Unit') return { kind: 'structure', name, members: [] }
    const row = this.file.shapes[name]
    if (row?.list !== undefined) return { kind: 'list', item: member('member', row.list) }
    if (row?.map !== undefined) {
      return { kind: 'map', key: member('key', row.key ?? 0), value: member('value', row.map) }
    }
    if (!row?.members) throw new InternalError(`${this.name} schema has no shape ${name}`)
    const members = Object.entries(row.members).map(([memberName, ref], index) =>
      member(memberName, ref, index < (row.required ?? 0)),
    )
    return { kind: 'structure', name, members }
  }
}

function member(name: string, ref: MemberRef, required = false): Member {
  return typeof ref === 'object'
    ? { name, ref: ref[0], traits: ref[1], required }
    : { name, ref, traits: {}, required }
}

function simpleShape(ref: number): Shape {
  if (ref >= MAP_BIT) return { kind: 'map', key: member('key', 0), value: member('value', ref - MAP_BIT) }
  if (ref >= LIST_BIT) return { kind: 'list', item: member('member', ref - LIST_BIT) }
  const type = SIMPLE[ref]
  if (!type) throw new InternalError(`schema sentinel ${ref} is not known`)
  return { kind: 'simple', type }
}

/** Finds the schema of a service by its table name: `ec2`, `eks`, …. */
export type SchemaLoader = (name: string) => Schema

/** A loader that reads `generated/aws/<name>.json` the first time a name is asked for. */
export function createSchemaLoader(): SchemaLoader {
  const loaded = new Map<string, Schema>()
  return (name) => {
    const known = loaded.get(name)
    if (known) return known
    // Written by our own build from the published schemas; schema.test.ts compares the two.
    const schema = new Schema(name, JSON.parse(packageText(`generated/aws/${name}.json`)) as SchemaFile)
    loaded.set(name, schema)
    return schema
  }
}
