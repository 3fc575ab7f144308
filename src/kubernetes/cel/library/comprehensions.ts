// Owns the macros of CEL with two variables, and those of optional values.
// Source: cel-go ext/comprehensions.go, cel/library.go (OptionalTypes).
import type { Environment } from '@marcbachmann/cel-js'

import type { AstNode, CheckedType } from '../ast.ts'
import { charge, isSpent } from '../cost/meter.ts'
import { LIST_COST, MAP_COST } from '../cost/size.ts'
import { CelError } from '../errors.ts'

// What the library's macros are given and give; its declarations leave it out.
interface Context {
  forkWithVariable(name: string, type: CheckedType): Context
  reuse(parent: Context): Context
  setIterValue(value: unknown, evaluator: Evaluator): Context
}

interface Evaluator {
  run(node: AstNode, context: Context): unknown
}

interface Checker {
  check(node: AstNode, context: Context): CheckedType
  getType(name: string): CheckedType
  readonly registry: {
    getListType(items: CheckedType): CheckedType
    getMapType(keys: CheckedType, values: CheckedType): CheckedType
    getOptionalType(value: CheckedType): CheckedType
  }
}

interface Given {
  readonly args: readonly AstNode[]
  readonly receiver: AstNode
}

/** A loop over keys or places, and values. */
interface TwoVariables extends Costs {
  readonly receiver: AstNode
  /** What is evaluated in each turn: a filter where there are two, and what comes of it. */
  readonly args: readonly AstNode[]
  readonly names: readonly [key: string, value: string]
  contexts?: readonly [key: Context, value: Context]
}

/** What comes of the turns, each of which is evaluated when it is asked for. */
type Outcome = (turns: Iterable<Turn>) => unknown

interface Turn {
  readonly key: unknown
  /** Of the first and second expression. */
  evaluate(index: number): unknown
}

/** Registers `all`, `exists`, `existsOne`, the three that transform, `optMap`, `optFlatMap`, `sortBy`. */
export function registerComprehensions(environment: Environment): void {
  const bool = (checker: Checker): CheckedType => checker.getType('bool')
  const loop = (name: string, count: number, outcome: Outcome, typeOf: TypeOf = bool): void => {
    const parameters = Array.from({ length: count }, () => 'ast').join(', ')
    environment.registerFunction(`list.${name}(${parameters}): dyn`, (given: Given) =>
      twoVariables(given, COSTS[name] ?? { once: 1, perTurn: 4 }, { outcome, typeOf }),
    )
  }
  loop('all', 3, (turns) => !decided(turns, false))
  loop('exists', 3, (turns) => decided(turns, true))
  for (const name of ['existsOne', 'exists_one']) loop(name, 3, hasOne)
  for (const count of [3, 4]) {
    loop(
      'transformList',
      count,
      (turns) => transformed(turns, count).map(([, item]) => item),
      (checker, [, item]) => checker.registry.getListType(item),
    )
    loop(
      'transformMap',
      count,
      (turns) => new Map(transformed(turns, count)),
      (checker, [key, item]) => checker.registry.getMapType(key, item),
    )
    loop(
      'transformMapEntry',
      count,
      (turns) => merged(transformed(turns, count)),
      (_checker, [, item]) => item,
    )
  }
  environment
    .registerFunction('optional.optMap(ast, ast): dyn', (given: Given) => optionalMacro(given, false))
    .registerFunction('optional.optFlatMap(ast, ast): dyn', (given: Given) => optionalMacro(given, true))
    .registerFunction('list.sortBy(ast, ast): dyn', sortMacro)
}

// What a turn of `sortBy` costs beside its expression: it is a `map` to cel-go.
const SORT_COST = 12

type TypeOf = (checker: Checker, types: readonly [key: CheckedType, item: CheckedType]) => CheckedType

function nameOf(node: AstNode | undefined): string {
  if (node?.op === 'id') return String(node.args)
  throw new CelError('argument must be a simple name')
}

// What cel-go's loops cost beside their expressions, once and in each turn: making, reading and writing what is
// accumulated, and the test whether to go on.
const COSTS: Readonly<Record<string, Costs>> = {
  all: { once: 1, perTurn: 3 },
  exists: { once: 1, perTurn: 4 },
  existsOne: { once: 2, perTurn: 2 },
  exists_one: { once: 2, perTurn: 2 },
  transformList: { once: LIST_COST + 1, perTurn: 12 },
  transformMap: { once: MAP_COST + 1, perTurn: 3 },
  transformMapEntry: { once: MAP_COST + 1, perTurn: 2 },
}

interface Costs {
  readonly once: number
  readonly perTurn: number
}

interface Meaning {
  readonly outcome: Outcome
  readonly typeOf: TypeOf
}

function twoVariables({ args, receiver }: Given, costs: Costs, { outcome, typeOf }: Meaning): object {
  const [key, value, ...bodies] = args
  const macro: TwoVariables = { receiver, args: bodies, names: [nameOf(key), nameOf(value)], ...costs }
  return {
    ...macro,
    async: false,
    typeCheck(checker: Checker, self: TwoVariables, context: Context) {
      const range = checker.check(receiver, context)
      const keyType = range.kind === 'list' ? checker.getType('int') : keyTypeOf(checker, range)
      const keyContext = context.forkWithVariable(self.names[0], keyType)
      const valueContext = keyContext.forkWithVariable(
        self.names[1],
        range.valueType ?? checker.getType('dyn'),
      )
      self.contexts = [keyContext, valueContext]
      const types = bodies.map((body) => checker.check(body, valueContext))
      return typeOf(checker, [keyType, types.at(-1) ?? checker.getType('dyn')])
    },
    evaluate(evaluator: Evaluator, self: TwoVariables, context: Context) {
      return outcome(turnsOf(evaluator, self, context))
    },
  }
}

function keyTypeOf(checker: Checker, range: CheckedType): CheckedType {
  return (range as CheckedType & { readonly keyType?: CheckedType }).keyType ?? checker.getType('dyn')
}

function* turnsOf(evaluator: Evaluator, macro: TwoVariables, context: Context): Iterable<Turn> {
  const { receiver, args, contexts, perTurn } = macro
  if (!contexts) throw new TypeError('a macro is evaluated before it is checked')
  for (const [key, value] of entriesOf(evaluator.run(receiver, context))) {
    charge(perTurn)
    const keyContext = contexts[0].reuse(context).setIterValue(key, evaluator)
    const inner = contexts[1].reuse(keyContext).setIterValue(value, evaluator)
    const evaluate = (index: number): unknown => {
      const body = args[index]
      if (!body) throw new TypeError(`a macro has no expression ${index}`)
      return evaluator.run(body, inner)
    }
    yield { key, evaluate }
  }
}

function entriesOf(range: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(range)) return range.map((value: unknown, index) => [BigInt(index), value] as const)
  if (range instanceof Map) return [...(range as Map<unknown, unknown>)]
  if (typeof range === 'object' && range !== null) return Object.entries(range)
  throw new CelError('no such overload')
}

/** Whether a turn gives the value that decides; one that fails counts only when none does. */
function decided(turns: Iterable<Turn>, deciding: boolean): boolean {
  let failure: unknown
  for (const turn of turns) {
    try {
      const value = turn.evaluate(0)
      if (typeof value !== 'boolean') throw new CelError('no such overload')
      if (value === deciding) return true
    } catch (error) {
      if (isSpent()) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return false
}

function hasOne(turns: Iterable<Turn>): boolean {
  let count = 0
  for (const turn of turns) if (turn.evaluate(0) === true) count += 1
  return count === 1
}

function transformed(turns: Iterable<Turn>, count: number): [unknown, unknown][] {
  const found: [unknown, unknown][] = []
  for (const turn of turns) {
    const isWanted = count === 3 || turn.evaluate(0) === true
    if (isWanted) found.push([turn.key, turn.evaluate(count - 3)])
  }
  return found
}

function merged(found: readonly (readonly [unknown, unknown])[]): Map<unknown, unknown> {
  const all = new Map<unknown, unknown>()
  for (const [key, value] of found.flatMap(([, entry]) => entriesOf(entry))) {
    if (all.has(key)) throw new CelError(`insert failed: key ${String(key)} already exists`)
    all.set(key, value)
  }
  return all
}

interface OptionalValue {
  readonly constructor: { of(value: unknown): unknown }
  hasValue(): boolean
  value(): unknown
}

/** A macro with one variable. */
interface OneVariable {
  readonly receiver: AstNode
  readonly args: readonly AstNode[]
  context?: Context
}

/** What a macro with one variable makes of what it is called on and of its body. */
interface OneVariableMacro {
  type(types: {
    readonly receiver: CheckedType
    readonly body: CheckedType
    readonly checker: Checker
  }): CheckedType
  /** @param bodyOf the value of the body, with the variable standing for one item */
  value(receiver: unknown, bodyOf: (item: unknown) => unknown): unknown
}

function oneVariableMacro({ args, receiver }: Given, made: OneVariableMacro): object {
  const [variable, body] = args
  const name = nameOf(variable)
  if (!body) throw new CelError('an expression is missing')
  const macro: OneVariable = { receiver, args: [body] }
  return {
    ...macro,
    async: false,
    typeCheck(checker: Checker, self: OneVariable, context: Context) {
      const type = checker.check(receiver, context)
      const inner = context.forkWithVariable(name, type.valueType ?? checker.getType('dyn'))
      self.context = inner
      return made.type({ receiver: type, body: checker.check(body, inner), checker })
    },
    evaluate(evaluator: Evaluator, self: OneVariable, context: Context) {
      return made.value(evaluator.run(receiver, context), (item) => {
        if (!self.context) throw new CelError('no such overload')
        return evaluator.run(body, self.context.reuse(context).setIterValue(item, evaluator))
      })
    },
  }
}

function optionalMacro(given: Given, isFlat: boolean): object {
  return oneVariableMacro(given, {
    type: ({ body, checker }) => (isFlat ? body : checker.registry.getOptionalType(body)),
    value(receiver, bodyOf) {
      // The library's own optional values, which its checker has seen to.
      const optional = receiver as OptionalValue
      if (!optional.hasValue()) return optional
      const result = bodyOf(optional.value())
      return isFlat ? result : optional.constructor.of(result)
    },
  })
}

/** The items of a list in the order of what an expression makes of each. */
function sortMacro(given: Given): object {
  return oneVariableMacro(given, {
    type: ({ receiver }) => receiver,
    value(list, bodyOf) {
      if (!Array.isArray(list)) throw new CelError('no such overload')
      const keyed = (list as unknown[]).map((item) => {
        charge(SORT_COST)
        // Keys are compared with each other: of what cannot be, the order is nobody's promise.
        return { item, key: bodyOf(item) as string | number }
      })
      return keyed.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ item }) => item)
    },
  })
}
