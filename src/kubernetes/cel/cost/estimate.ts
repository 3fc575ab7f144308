// Owns what an expression may cost at most, told from its text and the sizes that a schema allows.
// Source: cel-go checker/cost.go. Of its ranges only the upper ends decide anything; sizes keep both.
import { callOf, expanded, type AstNode, type Comprehension, type Macro } from '../ast.ts'
import { estimateCall } from './estimate-call.ts'
import {
  capped,
  fixed,
  LIST_COST,
  MAP_COST,
  PER_CHARACTER,
  plus,
  scaled,
  union,
  UNKNOWN,
  type Estimate,
  type Size,
  type SizedType,
} from './size.ts'

/** What names in scope stand for. */
type Scope = ReadonlyMap<string, Omit<Estimate, 'cost'>>

/**
 * The most that one evaluation of a checked expression costs.
 * @param root the schema's sizes, of which `self` and `oldSelf` are values.
 */
export function estimateCost(ast: AstNode, root: SizedType): number {
  const variable = { at: root, kind: kindAt(root) }
  return new Estimator(root).of(
    ast,
    new Map([
      ['self', variable],
      ['oldSelf', variable],
    ]),
  ).cost
}

class Estimator {
  readonly #root: SizedType

  constructor(root: SizedType) {
    this.#root = root
  }

  of(given: AstNode, scope: Scope): Estimate {
    const node = expanded(given)
    const { macro } = node.meta
    if (macro) return this.#macro(node, macro, scope)
    const call = callOf(node)
    if (call)
      return this.#call(
        node,
        call.name,
        call.operands.map((each) => this.of(each, scope)),
      )
    switch (node.op) {
      case 'value':
        return literal(node)
      case 'id':
        return this.#identifier(node, scope)
      case '.':
        return this.#select(node, scope)
      case 'list':
        return this.#list(node, scope)
      case 'map':
        return this.#map(node, scope)
      case 'comprehension':
        // What the macros of the library make.
        return this.#loop(node.args as Comprehension, scope)
      default: {
        // A unary operator has one operand, the others have lists of them; a select's name is no operand.
        const operands = ([node.args].flat() as unknown[]).filter(
          (each) => typeof each === 'object',
        ) as AstNode[]
        return this.#operator(
          node,
          operands.map((each) => this.of(each, scope)),
        )
      }
    }
  }

  #identifier(node: AstNode, scope: Scope): Estimate {
    const variable = scope.get(String(node.args))
    return this.#placed(
      node,
      { ...variable, at: variable ? variable.at : null, kind: variable?.kind ?? 'dyn' },
      1,
    )
  }

  // The size that the schema gives goes before what is known otherwise.
  #placed(node: AstNode, known: Omit<Estimate, 'cost'>, cost: number): Estimate {
    const { at } = known
    const kind = at ? kindAt(at) : known.kind === 'dyn' ? kindOf(node) : known.kind
    const size = at ? { min: 0, max: at.maxElements } : (sizeOfKind(kind) ?? known.size)
    const itemKind = at?.items ? kindAt(at.items) : (known.itemKind ?? node.checkedType?.valueType?.name)
    return { ...known, kind, size, itemKind, cost }
  }

  /** A place below another one. Below a value from nowhere a path begins anew, which is read as the root. */
  #below(
    at: SizedType | null | undefined,
    step: (type: SizedType) => SizedType | undefined,
  ): SizedType | null {
    if (at === undefined) return this.#root
    return (at && step(at)) ?? null
  }

  #select(node: AstNode, scope: Scope): Estimate {
    // The library's tuple for a select.
    const [operand, name] = node.args as [AstNode, string]
    const { cost, at, kind } = this.of(operand, scope)
    const below = this.#below(at, (type) => type.fields?.get(name))
    return this.#placed(
      node,
      { at: below, kind: 'dyn' },
      capped(cost + (['map', 'object', 'param'].includes(kind) ? 1 : 0)),
    )
  }

  #list(node: AstNode, scope: Scope): Estimate {
    const items = (node.args as AstNode[]).map((item) => this.of(item, scope))
    return {
      cost: sum(items, LIST_COST),
      size: fixed(items.length),
      items: items
        .map(({ size }) => size ?? UNKNOWN)
        .reduce(union, { min: items.length === 0 ? 0 : Infinity, max: 0 }),
      kind: 'list',
      itemKind: items[0]?.kind,
    }
  }

  #map(node: AstNode, scope: Scope): Estimate {
    const entries = (node.args as [AstNode, AstNode][]).map((entry) =>
      entry.map((each) => this.of(each, scope)),
    )
    return {
      cost: sum(entries.flat(), MAP_COST),
      size: fixed(entries.length),
      items: entries.map(([, value]) => value?.size ?? UNKNOWN).reduce(union, { min: 0, max: 0 }),
      kind: 'map',
    }
  }

  #macro(node: AstNode, macro: Macro, scope: Scope): Estimate {
    const {
      macroHasProps,
      receiver,
      arg,
      val,
      exp,
      var: name,
      names,
      args: bodies = [],
      once = 1,
      perTurn = 4,
    } = macro
    // A test of presence costs what reaching the object does that has the field or not.
    if (macroHasProps) {
      const operand = macroHasProps.at(-1)
      const reached = macroHasProps.length - 2 + (operand ? this.of(operand, scope).cost : 0)
      return { cost: capped(reached), size: fixed(1), kind: 'bool' }
    }
    if (val && exp && name !== undefined) {
      const { cost, ...value } = this.of(val, scope)
      const result = this.of(exp, new Map([...scope, [name, value]]))
      return { ...result, cost: capped(cost + result.cost + LIST_COST) }
    }
    if (receiver && names) return this.#twoVariables({ node, receiver, bodies, names, once, perTurn }, scope)
    const operands = [receiver, arg, ...bodies]
      .filter((each) => each !== undefined)
      .map((each) => this.of(each, scope))
    return { cost: sum(operands, 1), size: sizeOfKind(kindOf(node)), kind: kindOf(node) }
  }

  #twoVariables(
    { node, receiver, bodies, names: [key, value], once, perTurn }: TwoVariables,
    scope: Scope,
  ): Estimate {
    const range = this.of(receiver, scope)
    const isMap = range.kind === 'map' || range.kind === 'object'
    const at = this.#below(range.at, (type) => type.items)
    const item = this.#placed(expanded(receiver), { at, kind: range.itemKind ?? 'dyn', size: range.items }, 0)
    const place = isMap
      ? this.#placed(
          expanded(receiver),
          { at: this.#below(range.at, (type) => type.keys), kind: 'string' },
          0,
        )
      : { kind: 'int', size: fixed(1) }
    const inner = new Map([...scope, [key, place], [value, item]])
    const turn = sum(
      bodies.map((body) => this.of(body, inner)),
      perTurn,
    )
    const count = range.size ?? UNKNOWN
    return {
      cost: capped(range.cost + once + capped(count.max * turn)),
      size: sizeOfKind(kindOf(node)) ?? count,
      kind: kindOf(node),
    }
  }

  #loop(loop: Comprehension, scope: Scope): Estimate {
    const { kind, iterable, iterVarName } = loop
    const range = this.of(iterable, scope)
    const isMap = range.kind === 'map' || range.kind === 'object'
    const at = this.#below(range.at, (type) => (isMap ? type.keys : type.items))
    const variable = this.#placed(
      expanded(iterable),
      { at, kind: isMap ? 'string' : (range.itemKind ?? 'dyn'), size: range.items },
      0,
    )
    const inner = new Map([...scope, [iterVarName, variable]])
    const count = range.size ?? UNKNOWN
    const { perItem, once, items, itemKind } = this.#turn(loop, inner)
    const cost = capped(range.cost + once + capped(count.max * perItem))
    return kind === 'quantifier'
      ? { cost, size: fixed(1), kind: 'bool' }
      : { cost, size: count, items, kind: 'list', itemKind }
  }

  /**
   * What one turn of a loop costs, and what is outside of the turns. The library's loops are those of cel-go in other
   * words; these are the costs of cel-go's: reading and writing its accumulator, its test whether to go on.
   */
  #turn({ kind, init, step }: Omit<Comprehension, 'iterable' | 'iterVarName'>, scope: Scope): Turn {
    const node = expanded(step)
    if (node.op === 'accuPush') {
      const item = this.of(node.args as AstNode, scope)
      return {
        perItem: capped(item.cost + 12),
        once: LIST_COST + 1,
        items: pushed(item),
        itemKind: item.kind,
      }
    }
    const [condition, then] = node.args as [AstNode, AstNode]
    const { cost } = this.of(condition, scope)
    const taken = expanded(then)
    if (taken.op === 'accuPush') {
      const item = this.of(taken.args as AstNode, scope)
      return {
        perItem: capped(cost + item.cost + 12),
        once: LIST_COST + 1,
        items: pushed(item),
        itemKind: item.kind,
      }
    }
    if (taken.op === 'accuInc') return { perItem: capped(cost + 2), once: 2 }
    // `all` begins with true, `exists` with false, which its test negates.
    const isAll = kind === 'quantifier' && init.args === true
    return { perItem: capped(cost + (isAll ? 3 : 4)), once: 1 }
  }

  #call(node: AstNode, name: string, operands: readonly Estimate[]): Estimate {
    if (name === 'dyn') {
      const [operand] = operands
      return { ...operand, cost: (operand?.cost ?? 0) + 1, kind: 'dyn', at: undefined }
    }
    const { cost, size } = estimateCall(name, operands)
    const kind = kindOf(node)
    return {
      cost: sum(operands, cost),
      size: size ?? sizeOfKind(kind),
      kind,
      itemKind: node.checkedType?.valueType?.name,
    }
  }

  #operator(node: AstNode, operands: readonly Estimate[]): Estimate {
    const [a, b, c] = operands
    const kind = kindOf(node)
    const size = sizeOfKind(kind)
    if (!a || !b) return { cost: sum(operands, 1), size, kind }
    if (node.op === '&&' || node.op === '||') return { cost: sum(operands, 0), size, kind }
    if (node.op === '?:' && c) return choice(a, b, c)
    if (node.op === '[]') return this.#indexed(node, a, b)
    if (node.op === '+') return added(node, a, b)
    return { cost: sum(operands, comparisonCost(node.op, a, b)), size, kind }
  }

  #indexed(node: AstNode, of: Estimate, by: Estimate): Estimate {
    const at = this.#below(of.at, ({ items }) => items)
    return this.#placed(node, { at, kind: of.itemKind ?? 'dyn', size: of.items }, sum([of, by], 1))
  }
}

interface TwoVariables {
  readonly node: AstNode
  readonly receiver: AstNode
  readonly bodies: readonly AstNode[]
  readonly names: readonly [key: string, value: string]
  readonly once: number
  readonly perTurn: number
}

interface Turn {
  readonly perItem: number
  readonly once: number
  readonly items?: Size
  readonly itemKind?: string
}

function pushed({ size }: Estimate): Size {
  return { min: 0, max: (size ?? UNKNOWN).max }
}

function sum(parts: readonly { readonly cost: number }[], first: number): number {
  return capped(parts.reduce((total, { cost }) => total + cost, first))
}

function literal({ args, checkedType }: AstNode): Estimate {
  const kind = checkedType?.name ?? 'dyn'
  if (typeof args === 'string') return { cost: 0, size: fixed(Array.from(args).length), kind }
  if (args instanceof Uint8Array) return { cost: 0, size: fixed(args.length), kind }
  return { cost: 0, size: fixed(1), kind, ...(typeof args === 'bigint' ? { literal: Number(args) } : {}) }
}

function choice(condition: Estimate, then: Estimate, otherwise: Estimate): Estimate {
  return {
    cost: capped(condition.cost + Math.max(then.cost, otherwise.cost)),
    size: union(then.size ?? UNKNOWN, otherwise.size ?? UNKNOWN),
    items: then.items && otherwise.items ? union(then.items, otherwise.items) : undefined,
    kind: then.kind,
    itemKind: then.itemKind,
  }
}

function added(node: AstNode, a: Estimate, b: Estimate): Estimate {
  const kind = [a.kind, b.kind].find((each) => each !== 'dyn') ?? 'dyn'
  const size = plus(a.size ?? UNKNOWN, b.size ?? UNKNOWN)
  if (kind === 'list') {
    const items = a.items && b.items ? union(a.items, b.items) : undefined
    return { cost: sum([a, b], 1), size, items, kind, itemKind: a.itemKind ?? b.itemKind }
  }
  if (['string', 'bytes', 'dyn'].includes(kind))
    return { cost: sum([a, b], scaled(size.max, PER_CHARACTER)), size, kind }
  return { cost: sum([a, b], 1), size: sizeOfKind(kind), kind: kindOf(node) }
}

const TEXTS = ['string', 'bytes', 'dyn']

function comparisonCost(operator: string, a: Estimate, b: Estimate): number {
  const [left, right] = [a.size ?? UNKNOWN, b.size ?? UNKNOWN]
  const isOrder = ['<', '<=', '>', '>='].includes(operator)
  if (
    operator === '==' ||
    operator === '!=' ||
    (isOrder && TEXTS.includes(a.kind) && TEXTS.includes(b.kind))
  ) {
    return scaled(Math.min(left.max, right.max), PER_CHARACTER)
  }
  return operator === 'in' && b.kind !== 'map' && b.kind !== 'object' ? right.max : 1
}

function kindAt({ kind }: SizedType): string {
  return kind
}

/** The kind of a node as the checker told it. */
function kindOf({ checkedType }: AstNode): string {
  if (!checkedType) return 'dyn'
  const { kind, name } = checkedType
  if (kind === 'message')
    return name === 'google.protobuf.Timestamp'
      ? 'timestamp'
      : name === 'google.protobuf.Duration'
        ? 'duration'
        : 'object'
  return kind === 'primitive' ? name : kind
}

const SCALARS = ['bool', 'double', 'duration', 'int', 'timestamp', 'uint']

function sizeOfKind(kind: string): Size | undefined {
  return SCALARS.includes(kind) ? fixed(1) : undefined
}
