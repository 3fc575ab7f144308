// Owns random objects of any Kubernetes type, the same for the same seed: for property tests and benchmarks.
import { apiVersionAndKindOf, isKindType, typeOf } from '../fields.ts'
import type { FieldSchema, ListSchema, RawSchema, ScalarSchema, StructSchema } from '../fields.ts'
import { itemElement } from '../field-set.ts'

/** A random number in [0, 1) at each call. */
export type Random = () => number

const QUANTITIES = ['0', '1', '250m', '512Mi', '1Gi', '1500m', '3', '1k', '100m', '12e6']
const TIMES = ['2026-01-02T03:04:05Z', '1999-12-31T23:59:59Z', '2024-02-29T00:00:01Z']
const WORDS = ['a', 'web', 'nginx:1.27', 'é✓', 'x-y', 'Always', '10.0.0.1', 'with "quotes" and \\']
// Deep enough for pod templates in lists of anything.
const MAX_DEPTH = 12

/** A generator of numbers from a seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A random object of `type` in the form that decoding gives: no unknown fields, no zero values, canonical. */
export function sampleObject(type: string, random: Random): Record<string, unknown> {
  const head = isKindType(type) ? apiVersionAndKindOf(type) : {}
  return { ...head, ...new Sampler(random).struct(typeOf(type), 0) }
}

class Sampler {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  struct(schema: StructSchema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    // Wide types are thinned, so that samples stay of a size.
    const share = Math.min(0.8, 6 / schema.fields.size) / (1 + depth / 6)
    for (const field of schema.fields.values()) {
      if (field.name === 'managedFields' || field.isOff) continue
      if (!field.required && this.#random() > share) continue
      if (depth > MAX_DEPTH && field.schema.kind !== 'scalar') continue
      const value = this.value(field.schema, depth + 1)
      if (value !== undefined) object[field.name] = value
    }
    return object
  }

  value(schema: FieldSchema, depth: number): unknown {
    switch (schema.kind) {
      case 'scalar':
        return this.#scalar(schema)
      case 'struct':
        return this.struct(schema, depth)
      case 'list':
        return this.#list(schema, depth)
      case 'map':
        return this.#map(schema.element, depth)
      case 'raw':
        return this.#raw(schema, depth)
    }
  }

  #raw({ raw, union }: RawSchema, depth: number): unknown {
    if (raw === 'extension' || raw === 'any' || raw === 'json') return { any: this.#pick(WORDS) }
    if (union === undefined) return undefined
    if (this.#random() < 0.5 && depth <= MAX_DEPTH) {
      return this.struct(typeOf('apiextensions/v1.JSONSchemaProps'), depth)
    }
    if (union === 'bool') return this.#random() < 0.5
    return [union === 'strings' ? this.#pick(WORDS) : { type: this.#pick(WORDS) }]
  }

  #list(schema: ListSchema, depth: number): unknown[] {
    const items = Array.from({ length: 1 + Math.floor(this.#random() * 2) }, () =>
      this.value(schema.element, depth),
    )
    if (schema.list === 'atomic') return items
    const byElement = new Map<string, unknown>()
    for (const item of items) {
      const keyed = schema.list === 'map' ? { ...(item as object), ...this.#keys(schema) } : item
      byElement.set(itemElement(schema, keyed), keyed)
    }
    return [...byElement.values()]
  }

  #map(element: FieldSchema, depth: number): Record<string, unknown> | undefined {
    const value = this.value(element, depth)
    return value === undefined ? undefined : { [this.#word('k')]: value }
  }

  #keys(schema: ListSchema): Record<string, unknown> {
    if (schema.element.kind !== 'struct') return {}
    const { fields } = schema.element
    return Object.fromEntries(
      schema.keys.map((key) => {
        const field = fields.get(key)
        return [key, field ? this.value(field.schema, 0) : undefined]
      }),
    )
  }

  #scalar(schema: ScalarSchema): unknown {
    if (schema.values) return this.#pick(schema.values)
    switch (schema.scalar) {
      case 'bool':
        return true
      case 'int32':
        return 1 + Math.floor(this.#random() * 0x7ffffffe) * (this.#random() < 0.2 ? -1 : 1)
      case 'int64':
        return 1 + Math.floor(this.#random() * 2 ** 50)
      case 'float64':
        return 0.5 + this.#random()
      case 'bytes':
        return Buffer.from(this.#word('bytes')).toString('base64')
      case 'quantity':
        return this.#pick(QUANTITIES)
      case 'intOrString':
        return this.#random() < 0.5 ? Math.floor(this.#random() * 65_536) : '25%'
      case 'time':
        return this.#pick(TIMES)
      case 'microTime':
        return this.#pick(TIMES).replace('Z', '.000123Z')
      case 'duration':
        return '30s'
      case 'string':
        return this.#word('s')
    }
  }

  #word(prefix: string): string {
    return `${prefix}-${this.#pick(WORDS)}-${Math.floor(this.#random() * 1000)}`
  }

  #pick(choices: readonly string[]): string {
    return choices[Math.floor(this.#random() * choices.length)] ?? ''
  }
}
