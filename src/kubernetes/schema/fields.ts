// Owns the resolved form of the Kubernetes field table: what every field of every built-in type is.

import { packageText } from '../../base/package-files.ts'
import { InternalError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import {
  groupNames,
  isAtomicStruct,
  isEmbedded,
  isLater,
  isOff,
  keptZeroFields,
  missingTypes,
  stringListMessages,
  vanishes,
} from './go-facts.ts'

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'duration'

export interface ScalarSchema {
  readonly kind: 'scalar'
  readonly scalar: ScalarKind
  /** The closed set of values, for string types that have one. */
  readonly values: readonly string[] | undefined
  /** Name of the Go type for messages: `string`, `int32`, `v1.Protocol`. */
  readonly goType: string
}

export interface ListSchema {
  readonly kind: 'list'
  /** How server-side apply merges it (`+listType`). */
  readonly list: 'atomic' | 'set' | 'map'
  /** `+listMapKey`s of a `map` list, in order of declaration. */
  readonly keys: readonly string[]
  readonly element: FieldSchema
  /** On the wire a message of its own with the strings as field 1 (`ExtraValue`, `Verbs`). */
  readonly isMessage: boolean
}

export interface MapSchema {
  readonly kind: 'map'
  readonly atomic: boolean
  readonly element: FieldSchema
}

export interface StructSchema {
  readonly kind: 'struct'
  /** `core/v1.PodSpec` */
  readonly name: string
  /** Replaced as a whole by server-side apply (`+structType=atomic`). */
  readonly atomic: boolean
  readonly fields: ReadonlyMap<string, Field>
  /** The schema of fields beside those, where there may be others (custom resources). */
  readonly rest?: FieldSchema
  /** Nothing is left of one whose fields were all of features that are off. */
  readonly vanishes?: true
  /** Those of the fields that have a `+default`. */
  readonly defaulted: readonly Field[]
}

/**
 * JSON that the table says nothing about; `union` for what is one of two types, `deduced` for what merges as it looks
 * (custom resources): objects field by field, everything else as a whole.
 */
export interface RawSchema {
  readonly kind: 'raw'
  readonly raw: 'extension' | 'fieldsV1' | 'any' | 'json' | 'union' | 'deduced'
  /** Which two, for a union. */
  readonly union?: 'schemas' | 'bool' | 'strings'
}

export type FieldSchema = ScalarSchema | ListSchema | MapSchema | StructSchema | RawSchema

export interface Field {
  readonly name: string
  readonly schema: FieldSchema
  /** Protobuf field number; 0 for types that have no protobuf form. */
  readonly pb: number
  /** Number of the embedded message that carries the field on the wire; 0 for none. */
  readonly pbVia: readonly number[]
  readonly required: boolean
  /** A zero value, empty list or empty map says nothing and is dropped (Go's omitempty on a non-pointer). */
  readonly dropsZero: boolean
  /** Never absent in Go: a struct held by value, or a list that is written even when it is nil. */
  readonly alwaysThere: boolean
  /** Known, and nothing of it is kept: its feature is off. */
  readonly isOff?: true
  /** `+default`, parsed; undefined for none. */
  readonly default: string | number | boolean | undefined
  /** Strategic merge patch: lists merge by key (or as sets of primitives). */
  readonly patchMerge: boolean
  readonly patchRetainKeys: boolean
  readonly patchReplace: boolean
  readonly mergeKey: string | undefined
}

const DEDUCED: RawSchema = { kind: 'raw', raw: 'deduced' }
const DEDUCED_OBJECT: MapSchema = { kind: 'map', atomic: false, element: DEDUCED }

/** The schema by which a value merges: what is deduced is decided by the value. */
export function settled(schema: FieldSchema, ...values: readonly unknown[]): FieldSchema {
  if (schema.kind !== 'raw' || schema.raw !== 'deduced') return schema
  return values.every((value) => value === undefined || isObject(value)) ? DEDUCED_OBJECT : schema
}

interface FieldFact {
  readonly type: string
  readonly pb?: number
  readonly pbVia?: number | readonly number[]
  readonly required?: boolean
  readonly default?: string
  readonly patch?: string
  readonly mergeKey?: string
  readonly list?: 'atomic' | 'set' | 'map'
  readonly keys?: readonly string[]
  readonly map?: 'atomic' | 'granular'
  readonly struct?: 'atomic' | 'granular'
}

type TypeFacts = Readonly<Record<string, Readonly<Record<string, FieldFact>>>>

interface Facts {
  readonly kinds: readonly string[]
  readonly types: TypeFacts
  readonly aliases: Readonly<Record<string, string>>
  readonly enums: Readonly<Record<string, readonly string[]>>
}

interface FieldTable {
  readonly structs: ReadonlyMap<string, StructSchema>
  readonly kinds: ReadonlySet<string>
}

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  bytes: 'bytes',
  Quantity: 'quantity',
  IntOrString: 'intOrString',
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microTime',
  'meta/v1.Duration': 'duration',
}

const RAW: Readonly<Record<string, RawSchema['raw']>> = {
  RawExtension: 'extension',
  'meta/v1.FieldsV1': 'fieldsV1',
  'meta/v1.interface{}': 'any',
  'apiextensions/v1.JSON': 'json',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'union',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'union',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'union',
}

const UNIONS: Readonly<Record<string, NonNullable<RawSchema['union']>>> = {
  'apiextensions/v1.JSONSchemaPropsOrArray': 'schemas',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'bool',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'strings',
}

// A memo of an immutable file, not state: the table is read at the first question and never changes.
const table = once(loadTable)

/**
 * The schema of a type such as `core/v1.Pod` or `meta/v1.ObjectMeta`.
 * @throws InternalError for a type that is not in the table.
 */
export function typeOf(name: string): StructSchema {
  const found = table().structs.get(name)
  if (!found) throw new InternalError(`no type ${name} in the Kubernetes field table`)
  return found
}

/** Group, version and kind of a type that carries them: `rbac/v1.Role` -> `rbac.authorization.k8s.io/v1`, `Role`. */
export function apiVersionAndKindOf(type: string): { apiVersion: string; kind: string } {
  const [groupVersion = '', kind = ''] = type.split('.')
  const [shortGroup = '', version = ''] = groupVersion.split('/')
  const isOfMeta = shortGroup === 'meta' && /^(Table|PartialObjectMetadata)/.test(kind)
  const group = isOfMeta ? 'meta.k8s.io' : (groupNames[shortGroup] ?? shortGroup)
  return { apiVersion: groupVersionOf({ group, version }), kind }
}

/** True when the table knows the type. */
export function hasType(name: string): boolean {
  return table().structs.has(name)
}

/** True for types that carry apiVersion and kind. */
export function isKindType(name: string): boolean {
  return table().kinds.has(name)
}

/**
 * True for the two fields that the table leaves out: apiVersion and kind, of an object itself and of one inside another, as a
 * StatefulSet's volumeClaimTemplates are.
 */
export function isTypeMeta({ name }: StructSchema, field: string): boolean {
  return (field === 'apiVersion' || field === 'kind') && isKindType(name)
}

/** Names of all types in the table, in its order. */
export function typeNames(): readonly string[] {
  return [...table().structs.keys()]
}

/** Types that are kinds of an API, such as `apps/v1.Deployment`; lists and requests among them. */
export function kindNames(): readonly string[] {
  return [...table().kinds]
}

/**
 * Name of the type that an apiVersion and a kind stand for: `apps/v1`, `Deployment` -> `apps/v1.Deployment`,
 * `rbac.authorization.k8s.io/v1`, `Role` -> `rbac/v1.Role`. Every built-in group knows the options of requests
 * (`DeleteOptions`, …); `Status` and the documents of discovery are `v1`, tables and bare metadata `meta.k8s.io/v1`.
 * A custom kind of any of these names is none of them. undefined when the table has none.
 * Source: apimachinery pkg/apis/meta/v1/register.go.
 */
export function typeNameOf(apiVersion: string, kind: string): string | undefined {
  const [first = '', second] = apiVersion.split('/')
  const group = second === undefined ? 'core' : (first.split('.')[0] ?? '')
  const name = `${group}/${second ?? first}.${kind}`
  const { kinds } = table()
  // The table shortens groups: `apps.example.com` is not `apps`.
  if (kinds.has(name) && apiVersionAndKindOf(name).apiVersion === apiVersion) return name
  const shared = `meta/v1.${kind}`
  if (!kinds.has(shared)) return undefined
  if (kind.endsWith('Options')) return isBuiltinVersion(apiVersion) ? shared : undefined
  return apiVersionAndKindOf(shared).apiVersion === apiVersion ? shared : undefined
}

function isBuiltinVersion(apiVersion: string): boolean {
  for (const name of table().kinds) if (apiVersionAndKindOf(name).apiVersion === apiVersion) return true
  return false
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function loadTable(): FieldTable {
  const text = packageText('data/kubernetes-fields.json')
  const facts = JSON.parse(text) as Facts
  const types: TypeFacts = { ...facts.types, ...missingTypes }
  const structs = new Map<
    string,
    StructSchema & { readonly fields: Map<string, Field>; readonly defaulted: Field[] }
  >()
  for (const name of Object.keys(types)) {
    if (SCALARS[name] || RAW[name]) continue
    structs.set(name, {
      kind: 'struct',
      name,
      atomic: isAtomicStruct(name),
      ...(vanishes(name) && { vanishes: true as const }),
      fields: new Map(),
      defaulted: [],
    })
  }
  const resolver = new Resolver(facts, structs)
  for (const [name, struct] of structs) {
    const kept = keptZeroFields(name)
    for (const [fieldName, fact] of Object.entries(types[name] ?? {})) {
      if (isLater(name, fieldName)) continue
      const required = fact.required === true
      const field = {
        ...resolver.field(fieldName, fact),
        dropsZero: !required && !kept.includes(fieldName),
        alwaysThere: required || isEmbedded(name, fieldName),
        ...(isOff(name, fieldName) && { isOff: true as const }),
      }
      struct.fields.set(fieldName, field)
      if (field.default !== undefined) struct.defaulted.push(field)
    }
  }
  return { structs, kinds: new Set(facts.kinds) }
}

/** Turns type expressions into schemas; equal ones are shared, so the table stays small. */
class Resolver {
  readonly #facts: Facts
  readonly #structs: ReadonlyMap<string, StructSchema>
  readonly #shared = new Map<string, FieldSchema>()

  constructor(facts: Facts, structs: ReadonlyMap<string, StructSchema>) {
    this.#facts = facts
    this.#structs = structs
  }

  field(name: string, fact: FieldFact): Omit<Field, 'dropsZero' | 'alwaysThere'> {
    const patch = fact.patch?.split(',') ?? []
    return {
      name,
      schema: this.#schema(fact.type, fact),
      pb: fact.pb ?? 0,
      pbVia: fact.pbVia === undefined ? [] : [fact.pbVia].flat(),
      required: fact.required === true,
      // `ref(...)` names a Go constant that only types outside the served kinds use.
      default:
        fact.default === undefined || fact.default.startsWith('ref(')
          ? undefined
          : (JSON.parse(fact.default) as string | number | boolean),
      patchMerge: patch.includes('merge'),
      patchRetainKeys: patch.includes('retainKeys'),
      patchReplace: patch.includes('replace'),
      mergeKey: fact.mergeKey,
    }
  }

  #schema(type: string, fact: FieldFact): FieldSchema {
    const key = `${type} ${fact.list ?? ''} ${fact.keys?.join() ?? ''} ${fact.map ?? ''} ${fact.struct ?? ''}`
    const shared = this.#shared.get(key)
    if (shared) return shared
    const made = this.#resolve(type, fact)
    this.#shared.set(key, made)
    return made
  }

  #resolve(type: string, fact: FieldFact): FieldSchema {
    const plain: FieldFact = { type }
    const raw = RAW[type]
    const union = UNIONS[type]
    if (union) return { kind: 'raw', raw: 'union', union }
    if (raw) return { kind: 'raw', raw }
    const scalar = SCALARS[type]
    if (scalar) return { kind: 'scalar', scalar, values: undefined, goType: type }
    if (type.startsWith('[]')) {
      const element = this.#schema(type.slice(2), plain)
      return { kind: 'list', list: fact.list ?? 'atomic', keys: fact.keys ?? [], element, isMessage: false }
    }
    const map = /^map\[[^\]]+\](.+)$/.exec(type)
    if (map) {
      return { kind: 'map', atomic: fact.map === 'atomic', element: this.#schema(map[1] ?? '', plain) }
    }
    const alias = this.#facts.aliases[type]
    if (alias) return this.#alias(type, alias, fact)
    const struct = this.#structs.get(type)
    if (!struct) throw new InternalError(`the Kubernetes field table does not define ${type}`)
    if (fact.struct === 'granular' && struct.atomic) return { ...struct, atomic: false }
    return struct
  }

  #alias(type: string, alias: string, fact: FieldFact): FieldSchema {
    const target = this.#schema(alias, fact)
    if (target.kind === 'list' && stringListMessages.has(type)) return { ...target, isMessage: true }
    if (target.kind !== 'scalar') return target
    const values = this.#facts.enums[type] ?? target.values
    return { ...target, values, goType: type.slice(type.indexOf('/') + 1) }
  }
}
