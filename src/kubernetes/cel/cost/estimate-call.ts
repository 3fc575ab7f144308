// Owns what calls of functions cost at most, and how large their results get.
// Source: apiserver pkg/cel/library/cost.go (EstimateCallCost), cel-go checker/cost.go, ext/{lists,sets}.go.
import {
  capped,
  fixed,
  PER_CHARACTER,
  PER_PATTERN_CHARACTER,
  plus,
  scaled,
  times,
  UNBOUNDED,
  UNKNOWN,
  type Estimate,
  type Size,
} from './size.ts'

/** cel.MaxNameFormatRegexSize */
const FORMAT_PATTERN = 128

/** The cost of the call alone, and the size of its result where the function bounds it. */
export interface CallEstimate {
  readonly cost: number
  readonly size?: Size | undefined
}

type Estimator = (operands: readonly Estimate[]) => CallEstimate

const sizeOf = (operand: Estimate | undefined): Size => operand?.size ?? UNKNOWN
const isList = (operand: Estimate | undefined): boolean =>
  operand?.kind === 'list' || operand?.itemKind !== undefined

/** Of a text, the last operand of conversions, which have a namespace as their first where they are written so. */
const throughText =
  (factor = 1, keepsSize = false): Estimator =>
  (operands) => {
    const size = sizeOf(operands.at(-1))
    return { cost: scaled(size.max, factor * PER_CHARACTER), size: keepsSize ? size : undefined }
  }
const throughReceiver =
  (factor: number, keepsSize: boolean): Estimator =>
  ([receiver]) =>
    throughText(factor, keepsSize)(receiver ? [receiver] : [])

/** The O(n) functions of lists; of a text, `indexOf` and `lastIndexOf`. */
function throughList([list]: readonly Estimate[]): CallEstimate {
  const size = sizeOf(list)
  if (!isList(list)) return { cost: scaled(size.max, PER_CHARACTER) }
  const isText = list?.itemKind === 'string' || list?.itemKind === 'bytes'
  const item = list?.at?.items ? list.at.items.maxElements : UNBOUNDED
  return { cost: capped(size.max * (1 + (isText ? scaled(item, PER_CHARACTER) : 0))) }
}

function matching([text, pattern]: readonly Estimate[]): CallEstimate {
  const size = sizeOf(text)
  const cost = capped(
    scaled(size.max + 1, PER_CHARACTER) * scaled(sizeOf(pattern).max, PER_PATTERN_CHARACTER),
  )
  return { cost, size: { min: 0, max: size.max } }
}

function contains([text, part]: readonly Estimate[]): CallEstimate {
  return { cost: capped(scaled(sizeOf(text).max, PER_CHARACTER) * scaled(sizeOf(part).max, PER_CHARACTER)) }
}

function replace([text, from, to]: readonly Estimate[]): CallEstimate {
  const [size, old, by] = [sizeOf(text), sizeOf(from), sizeOf(to)]
  const most =
    old.min === 0
      ? { count: size.max + 1, kept: size.max }
      : by.max <= old.min
        ? { count: 0, kept: size.max }
        : { count: Math.ceil(size.max / old.min), kept: 0 }
  const least =
    old.max === 0
      ? { count: size.min + 1, kept: size.min }
      : old.max <= by.min
        ? { count: 0, kept: size.min }
        : { count: Math.ceil(size.min / old.max), kept: 0 }
  const counted = times({ min: least.count, max: capped(most.count) }, by)
  return {
    cost: scaled(size.max, 2 * PER_CHARACTER),
    size: plus(counted, { min: least.kept, max: most.kept }),
  }
}

function split([text, , limit]: readonly Estimate[]): CallEstimate {
  const size = sizeOf(text)
  return { cost: scaled(size.max, 2 * PER_CHARACTER), size: { min: 0, max: limit?.literal ?? size.max } }
}

function join([list, separator]: readonly Estimate[]): CallEstimate {
  const count = sizeOf(list)
  const item = list?.at?.items ? { min: 0, max: list.at.items.maxElements } : UNKNOWN
  const between = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) }
  const size = plus(times(count, item), separator ? times(sizeOf(separator), between) : fixed(0))
  return { cost: scaled(size.max, PER_CHARACTER), size }
}

/** A list made anew, at so many units an item. */
const listOf =
  (sizeFor: (operands: readonly Estimate[]) => Size, factor = 1): Estimator =>
  (operands) => {
    const size = sizeFor(operands)
    return { cost: capped(scaled(size.max, factor) + 11), size }
  }
const squared = ([list]: readonly Estimate[]): Size => times(sizeOf(list), sizeOf(list))

const setOperation =
  (factor: number): Estimator =>
  (operands) => ({
    cost: capped(times(sizeOf(operands.at(-2)), sizeOf(operands.at(-1))).max * factor + 1),
  })

function selector(operands: readonly Estimate[]): CallEstimate {
  const size = sizeOf(operands.at(-1)).max
  return { cost: capped(10 + scaled(size, PER_CHARACTER) + scaled(scaled(size, 0.5), 50)) }
}

// Addresses are compared byte by byte: 16 at most, and a text is read first.
function containsAddress([, other]: readonly Estimate[]): CallEstimate {
  return { cost: capped(4 + (other?.kind === 'object' ? 0 : scaled(sizeOf(other).max, PER_CHARACTER))) }
}

function containsRange(operands: readonly Estimate[]): CallEstimate {
  return { cost: capped(containsAddress(operands).cost + 3) }
}

const functions: Readonly<Record<string, Estimator>> = {
  check: () => ({ cost: 350_000 }),
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: throughList,
  sum: throughList,
  min: throughList,
  max: throughList,
  indexOf: throughList,
  lastIndexOf: throughList,
  url: throughText(1, true),
  lowerAscii: throughReceiver(1, true),
  upperAscii: throughReceiver(1, true),
  substring: throughReceiver(1, true),
  trim: throughReceiver(1, true),
  replace,
  split,
  join,
  find: matching,
  findAll: matching,
  matches: (operands) => ({ cost: matching(operands).cost }),
  startsWith: throughText(),
  endsWith: throughText(),
  format: throughReceiver(1, false),
  quote: (operands) => {
    const size = sizeOf(operands.at(-1))
    return {
      cost: scaled(size.max, PER_CHARACTER),
      size: { min: size.min + 2, max: capped(size.max * 2 + 2) },
    }
  },
  bytes: (operands) => {
    const size = sizeOf(operands.at(-1))
    return { cost: scaled(size.max, PER_CHARACTER), size: { min: size.min, max: capped(size.max * 4) } }
  },
  string: ([operand]) =>
    operand?.kind === 'bytes'
      ? { cost: scaled(sizeOf(operand).max, PER_CHARACTER), size: sizeOf(operand) }
      : { cost: 1 },
  contains: (operands) => (operands.length === 3 ? setOperation(1)(operands) : contains(operands)),
  intersects: setOperation(1),
  equivalent: setOperation(2),
  cidr: throughText(),
  isIP: throughText(),
  isCIDR: throughText(),
  ip: (operands) =>
    operands[0]?.kind === 'string' || operands[0]?.kind === 'dyn' ? throughText()(operands) : { cost: 1 },
  isCanonical: throughText(2),
  containsIP: containsAddress,
  containsCIDR: containsRange,
  quantity: throughText(),
  isQuantity: throughText(),
  semver: throughText(),
  isSemver: throughText(),
  validate: (operands) => ({
    cost: scaled(scaled(sizeOf(operands.at(-1)).max, PER_CHARACTER), FORMAT_PATTERN * PER_PATTERN_CHARACTER),
  }),
  slice: listOf(([list, start, end]) =>
    fixed(Math.max((end?.literal ?? sizeOf(list).max) - (start?.literal ?? 0), 0)),
  ),
  range: listOf((operands) => fixed(operands.at(-1)?.literal ?? UNBOUNDED)),
  reverse: (operands) => (isList(operands[0]) ? listOf(([list]) => sizeOf(list))(operands) : { cost: 1 }),
  flatten: (operands) =>
    listOf(([list]) => sizeOf(list), operands.length > 1 ? (operands[1]?.literal ?? UNBOUNDED) : 1)(operands),
  distinct: listOf(squared, 2),
  sort: (operands) => listOf(squared, operands[0]?.itemKind === 'string' ? 2.1 : 2)(operands),
}

/** What calling a function costs, beside its operands; the receiver is the first of them. */
export function estimateCall(name: string, operands: readonly Estimate[]): CallEstimate {
  // A function that nothing is said about takes one unit.
  return functions[name]?.(operands) ?? { cost: 1 }
}
