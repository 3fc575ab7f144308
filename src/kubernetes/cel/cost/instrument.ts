// Owns the counting of what a program costs: each node of its tree charges for itself as it is evaluated.
// Source: cel-go interpreter/runtimecost.go.
import { callOf, expanded, nodesBelow, type AstNode, type Comprehension } from '../ast.ts'
import { callCost, operatorCost } from './actual.ts'
import { CelCostError, charge, isSpent } from './meter.ts'
import { LIST_COST, MAP_COST } from './size.ts'

/** Makes a checked tree charge as it is evaluated. Once for a tree: a second time would charge twice. */
export function instrument(ast: AstNode): void {
  const node = expanded(ast)
  for (const below of nodesBelow(node)) instrument(below)
  const { macro, evaluate } = node.meta
  if (macro) {
    const units = macro.macroHasProps
      ? macro.macroHasProps.length - 2
      : macro.val
        ? LIST_COST
        : (macro.once ?? 1)
    const run = macro.evaluate.bind(macro)
    macro.evaluate = (evaluator, self, context) => {
      charge(units)
      return run(evaluator, self, context)
    }
    return
  }
  const call = callOf(node)
  if (call) return instrumentCall(node, call.name)
  if (node.op === 'comprehension') return instrumentLoop(node)
  if (OPERATORS.has(node.op)) return instrumentOperator(node)
  const units = unitsOf(node)
  if (units === 0) return
  node.evaluate = (evaluator, self, context) => {
    charge(units)
    return evaluate(evaluator, self, context)
  }
}

const OPERATORS = new Set(['==', '!=', '<', '<=', '>', '>=', '+', 'in'])
const FREE = new Set(['value', '&&', '||', '?:', 'accuValue', 'accuInc', 'accuPush'])

function unitsOf({ op }: AstNode): number {
  if (FREE.has(op)) return 0
  if (op === 'list') return LIST_COST
  return op === 'map' ? MAP_COST : 1
}

type Handle = (...values: unknown[]) => unknown

function handleOf(node: AstNode): Handle | undefined {
  // The checker gives each operator and call a function of its operands.
  return node.handle as Handle | undefined
}

function instrumentOperator(node: AstNode): void {
  const handle = handleOf(node)
  if (!handle) return
  node.handle = (left: unknown, right: unknown, ...rest: unknown[]) => {
    charge(operatorCost(node.op, left, right))
    return handle(left, right, ...rest)
  }
}

// Of most functions the operands tell the cost, so that nothing is done that is not paid; of some, the result.
function instrumentCall(node: AstNode, name: string): void {
  const handle = handleOf(node)
  if (!handle) return
  node.handle = (operands: readonly unknown[], ...rest: unknown[]) => {
    charge(callCost(name, operands))
    return handle(operands, ...rest)
  }
}

function instrumentLoop(node: AstNode): void {
  // What the macros of the library make.
  const loop = node.args as Comprehension
  const { once, perItem } = unitsOfLoop(loop)
  const { evaluate } = node.meta
  node.evaluate = (evaluator, self, context) => {
    charge(once)
    return evaluate(evaluator, self, context)
  }
  const step = expanded(loop.step)
  const turn = step.meta.evaluate
  step.evaluate = (evaluator, self, context) => {
    charge(perItem)
    return turn(evaluator, self, context)
  }
  const { condition } = loop
  if (!condition) return
  // `all` and `exists` go on after errors.
  loop.condition = (accumulated) => {
    if (isSpent()) throw new CelCostError(false)
    return condition(accumulated)
  }
}

/** What reading and writing the accumulator of a loop costs, in the loops of cel-go. */
function unitsOfLoop({ kind, init, step }: Comprehension): {
  readonly once: number
  readonly perItem: number
} {
  const node = expanded(step)
  if (node.op === 'accuPush') return { once: 1, perItem: 12 }
  // A ternary: a condition, and what is done where it holds.
  const [, then] = node.args as [AstNode, AstNode]
  const taken = expanded(then).op
  if (taken === 'accuPush') return { once: 1, perItem: 12 }
  if (taken === 'accuInc') return { once: 2, perItem: 2 }
  return { once: 1, perItem: kind === 'quantifier' && init.args === true ? 3 : 4 }
}
