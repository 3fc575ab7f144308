// Owns estimated sizes: how long a text, list or map is at least and at most.
// Source: cel-go checker/cost.go; apiserver pkg/cel/types.go.

/** What Go's uint64 holds at most: sums and products stay there. */
export const UNBOUNDED = 2 ** 64

export interface Size {
  readonly min: number
  readonly max: number
}

export const UNKNOWN: Size = { min: 0, max: UNBOUNDED }

/** What the schema of a value says about how large it gets. */
export interface SizedType {
  readonly kind: 'list' | 'map' | 'object' | 'string' | 'bytes' | 'duration' | 'timestamp' | 'scalar' | 'dyn'
  /** Items, entries or bytes at most; 0 for what has a fixed size. */
  readonly maxElements: number
  /** The fewest bytes that a value takes in JSON. */
  readonly minSerializedSize: number
  readonly items?: SizedType
  readonly keys?: SizedType
  readonly fields?: ReadonlyMap<string, SizedType>
}

/** Units of cost. Source: cel-go common/cost.go. */
export const LIST_COST = 10
export const MAP_COST = 30
/** A character of a text that is gone through, and of a pattern that a text is matched with. */
export const PER_CHARACTER = 0.1
export const PER_PATTERN_CHARACTER = 0.25

/** What is known of the value of a node. */
export interface Estimate {
  readonly cost: number
  readonly size?: Size | undefined
  /** Sizes of the items of a list, or values of a map, that the expression makes itself. */
  readonly items?: Size | undefined
  /** Where in the schema the value stands: undefined for nowhere, null for a place that it does not describe. */
  readonly at?: SizedType | null | undefined
  /** `string`, `list`, `map`, `object`, `int`, `dyn` and so on. */
  readonly kind: string
  /** Kind of the items of a list. */
  readonly itemKind?: string | undefined
  /** The value of a whole number that stands in the text. */
  readonly literal?: number | undefined
}

export function capped(value: number): number {
  return Math.min(value, UNBOUNDED)
}

export function fixed(size: number): Size {
  return { min: size, max: size }
}

export function plus(a: Size, b: Size): Size {
  return { min: capped(a.min + b.min), max: capped(a.max + b.max) }
}

export function times(a: Size, b: Size): Size {
  return { min: capped(a.min * b.min), max: capped(a.max * b.max) }
}

export function union(a: Size, b: Size): Size {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

/** Units that going through something of this size costs, rounded up. */
export function scaled(size: number, factor: number): number {
  return capped(Math.ceil(capped(size) * factor))
}
