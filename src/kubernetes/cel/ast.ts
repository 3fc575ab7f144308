// Owns the syntax trees of the library as cost and overrides need them: what is evaluated, macros expanded.

/** A type as the library's checker tells it. */
export interface CheckedType {
  /** `primitive`, `list`, `map`, `message`, `dyn`, `optional`, `param`. */
  readonly kind: string
  readonly name: string
  readonly valueType?: CheckedType
}

type Evaluate = (evaluator: unknown, node: AstNode, context: unknown) => unknown

/** A node; the library's declarations leave out macros and what its checker notes on a node. */
export interface AstNode {
  readonly op: string
  args: unknown
  readonly checkedType?: CheckedType
  readonly meta: {
    readonly alternate?: AstNode
    readonly macro?: Macro
    readonly evaluate: Evaluate
  }
  evaluate: Evaluate
  /** What an operator or a call does with the values of its operands. */
  handle?: (...values: never[]) => unknown
}

/** A macro that evaluates by itself: `has`, `cel.bind`, `or`, `orValue`. */
export interface Macro {
  /** The fields that `has` walks through, the last one first, and what they are fields of. */
  macroHasProps?: readonly AstNode[] | undefined
  readonly args?: readonly AstNode[]
  readonly receiver?: AstNode
  readonly arg?: AstNode
  readonly var?: string
  readonly val?: AstNode
  readonly exp?: AstNode
  /** The variables of a loop over keys and values. */
  readonly names?: readonly [key: string, value: string]
  /** What such a loop costs beside its expressions. */
  readonly once?: number
  readonly perTurn?: number
  evaluate(evaluator: unknown, macro: Macro, context: unknown): unknown
}

/** A loop that a macro has become. */
export interface Comprehension {
  readonly kind?: 'quantifier'
  readonly iterable: AstNode
  readonly iterVarName: string
  readonly init: AstNode
  readonly step: AstNode
  condition?: (accumulated: unknown) => boolean
}

/** The node that is evaluated in place of this one. */
export function expanded(node: AstNode): AstNode {
  return node.meta.alternate ? expanded(node.meta.alternate) : node
}

/** The nodes right below one that `expanded` gave, in the order of their text. */
export function nodesBelow({ op, args, meta: { macro } }: AstNode): readonly AstNode[] {
  if (macro) {
    const { receiver, arg, val, exp, args: given = [] } = macro
    return [receiver, arg, val, exp, ...given].filter((node) => node !== undefined)
  }
  if (op === 'comprehension') {
    // What the macros of the library make.
    const { iterable, init, step } = args as Comprehension
    return [iterable, init, step]
  }
  return below(args)
}

function below(args: unknown): readonly AstNode[] {
  if (Array.isArray(args)) return args.flatMap(below)
  return isNode(args) ? [args] : []
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'meta' in value
}

// The library has some functions in JavaScript's way, and lets none be replaced: calls of them are given other names.
const REPLACED: ReadonlySet<string> = new Set(['matches', 'lowerAscii', 'upperAscii'])
const PREFIX = 'kubernetes_'

/** Leads calls of functions that Kubernetes has in another way to those of that name; before the tree is checked. */
export function leadToReplacements(ast: AstNode): void {
  const node = expanded(ast)
  const { op, args } = node
  if ((op === 'call' || op === 'rcall') && Array.isArray(args) && REPLACED.has(String(args[0]))) {
    node.args = [replacementOf(String(args[0])), ...args.slice(1)]
  }
  for (const below of nodesBelow(node)) leadToReplacements(below)
}

/** The name that the replacement of a function is registered by. */
export function replacementOf(name: string): string {
  return `${PREFIX}${name}`
}

/** A text in which replacements have the names that they are called by. */
export function withoutReplacements(text: string): string {
  return text.replaceAll(PREFIX, '')
}

/** The name and operands of a call, the receiver first; undefined for everything else. */
export function callOf({ op, args }: AstNode): Call | undefined {
  // The tuples that the library's parser makes for these two.
  if (op === 'call') {
    const [name, operands] = args as [string, AstNode[]]
    return { name: withoutReplacements(name), operands }
  }
  if (op !== 'rcall') return undefined
  const [name, receiver, operands] = args as [string, AstNode, AstNode[]]
  return { name: withoutReplacements(name), operands: [receiver, ...operands] }
}

interface Call {
  readonly name: string
  readonly operands: readonly AstNode[]
}
