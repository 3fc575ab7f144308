// Owns what the types of an expression are wrong about: all of it, in cel-go's words and at the places that it marks.
// Source: google/cel-go checker/{checker,errors}.go, parser/parser.go (positions), cel/validator.go.
import type { ParseResult } from '@marcbachmann/cel-js'

import {
  expanded,
  nodesBelow,
  withoutReplacements,
  type AstNode,
  type CheckedType,
  type Macro,
} from './ast.ts'
import type { Finding } from './errors.ts'
import { isRegularExpression } from './library/text.ts'

export interface FindingsOptions {
  readonly expression: string
  /** Names of the functions that there are, whatever their arguments. */
  readonly functions: ReadonlySet<string>
  /** The library's type of what may be anything. */
  readonly dyn: CheckedType
  /** True when types are as exact as Kubernetes': only then can more be refused than the library refuses. */
  readonly isExact: boolean
}

/** What the library's checker takes notes in. */
interface Checked extends AstNode {
  checkedType?: CheckedType
  readonly start?: number
  readonly end?: number
  readonly pos?: number
  readonly candidates?: { findFunction(types: readonly CheckedType[]): unknown }
}

// As many as cel-go tells.
const MOST = 100

/** What is wrong with the types of an expression, in the order of its text; nothing when it may be evaluated. */
export function typeFindings(run: ParseResult, options: FindingsOptions): readonly Finding[] {
  // The library declares a part of what a node has.
  const ast = run.ast as unknown as Checked
  const checking = new Checking(ast, options)
  checking.lookIntoHas(ast)
  checking.recover(run)
  if (options.isExact) {
    checking.judgeCalls(ast)
    if (checking.found.length === 0) checking.judgeLiterals(ast)
  }
  return checking.found
}

class Checking {
  readonly #found: { readonly offset: number; readonly message: () => string }[] = []
  readonly #options: FindingsOptions
  readonly #root: Checked
  readonly #hasAt = new Map<AstNode, number>()
  readonly #settled = new Set<AstNode>()

  constructor(root: Checked, options: FindingsOptions) {
    this.#root = root
    this.#options = options
  }

  /** What was found, in the order of the text. */
  get found(): readonly Finding[] {
    return this.#found
      .map(({ offset, message }) => ({ offset, message: withoutReplacements(message()) }))
      .toSorted((a, b) => a.offset - b.offset)
  }

  /** `has` asks whether a field is set, not whether there is one: cel-go looks that up as anywhere else. */
  lookIntoHas(node: Checked): void {
    const { macro } = expanded(node).meta as { readonly macro?: Macro & Partial<HasMacro> }
    const [field] = (macro?.args ?? []) as Checked[]
    if (macro?.typeCheck && field?.op === '.' && nameOf(node) === 'has') {
      const check = macro.typeCheck.bind(macro)
      this.#hasAt.set(field, markOf(node, this.#options.expression))
      macro.typeCheck = (checker, given, context) => {
        // The library takes fields of a variable alone; cel-go those of whatever an expression comes to.
        macro.macroHasProps ??= fieldsOfOther(field)
        const type = check(checker, given, context)
        checker.check(field, context)
        return type
      }
    }
    for (const below of nodesBelow(expanded(node))) this.lookIntoHas(below)
  }

  /** Checks until nothing is left to find: what is wrong may be anything to what is around it. */
  recover(run: ParseResult): void {
    while (this.#found.length < MOST) {
      const { error } = run.check()
      if (!error) return
      // As with the tree: what an error says of its node is declared in part.
      const { node, code, summary } = error as unknown as LibraryError
      // Operands that several of its overloads take, which is not foreseen.
      if (!node) return this.#note(this.#root, error.message)
      if (code === 'invalid_macro_argument') return this.#note(node, 'invalid argument to has() macro')
      if (code === 'invalid_logical_operand') this.#refuseOperands(node)
      else if (code === 'invalid_condition_type') this.#refuseCondition(node, summary)
      else if (!isSameMessage(node)) this.#note(node, this.#words(node, { code, summary }))
      this.#settle(node)
    }
  }

  #note(node: Checked, message: string | (() => string)): void {
    const offset = this.#hasAt.get(node) ?? markOf(node, this.#options.expression)
    this.#found.push({ offset, message: typeof message === 'string' ? () => message : message })
  }

  #settle(node: Checked): void {
    node.checkedType = this.#options.dyn
    this.#settled.add(node)
  }

  #refuseOperands(node: Checked): void {
    for (const operand of operandsOf(node)) {
      if (!operand.checkedType || isBoolean(operand.checkedType)) continue
      this.#note(operand, `expected type 'bool' but found '${wordsOf(operand.checkedType)}'`)
      this.#settle(operand)
    }
  }

  /** A condition of a choice, or what a macro has made one of. */
  #refuseCondition(node: Checked, summary: string): void {
    const type = wordsOf(node.checkedType)
    const above = parentOf(this.#root, node)
    const macro = /^(\w+)\(/.exec(summary)?.[1]
    if (!above || macro === 'all' || macro === 'exists') {
      return this.#note(node, `expected type 'bool' but found '${type}'`)
    }
    // The branches are looked at once the condition may be anything.
    const branches = (): readonly string[] => {
      if (macro === undefined)
        return operandsOf(above)
          .slice(1)
          .map(({ checkedType }) => wordsOf(checkedType))
      const result = macro === 'exists_one' ? 'int' : wordsOf(expanded(above).checkedType)
      return [result, result]
    }
    this.#note(above, () => overloadWords('_?_:_', `(${[type, ...branches()].join(', ')})`))
  }

  #words(node: Checked, { code, summary }: LibraryError): string {
    const variable = /^Unknown variable: (.*)$/.exec(summary)?.[1]
    if (variable !== undefined) return `undeclared reference to '${variable}' (in container '')`
    const field = /^No such key: (.*)$/.exec(summary)?.[1]
    if (field !== undefined) return `undefined field '${field}'`
    if (code === 'cannot_index_type' && (node.op === '.' || node.op === '.?')) {
      return `type '${wordsOf(operandsOf(node)[0]?.checkedType)}' does not support field selection`
    }
    const range = /^Expression of type '(.*)' cannot be range/.exec(summary)?.[1]
    if (range !== undefined) {
      return `expression of type '${spelled(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`
    }
    return this.#overload(node) ?? summary
  }

  #overload(node: Checked): string | undefined {
    const name = nameOf(node)
    const types = operandsOf(node).map(({ checkedType }) => wordsOf(checkedType))
    if (name === undefined) return undefined
    if (node.op !== 'call' && node.op !== 'rcall') {
      return types.length === 0
        ? undefined
        : overloadWords(OPERATORS[name] ?? `_${name}_`, `(${types.join(', ')})`)
    }
    if (!this.#options.functions.has(name)) return `undeclared reference to '${name}' (in container '')`
    if (node.op === 'call') return overloadWords(name, `(${types.join(', ')})`)
    const [receiver, ...rest] = types
    // `sets.contains` is one name to cel-go.
    return NAMESPACES.has(receiver ?? '')
      ? overloadWords(`${String(operandsOf(node)[0]?.args)}.${name}`, `(${rest.join(', ')})`)
      : overloadWords(name, `${receiver ?? ''}.(${rest.join(', ')})`)
  }

  /** Calls that the library leaves for later, as it does not know the receiver, and what has no index. */
  judgeCalls(given: Checked): void {
    const node: Checked = expanded(given)
    for (const below of nodesBelow(node)) this.judgeCalls(below)
    const operands = operandsOf(node)
    const [on, ...rest] = operands
    if (this.#settled.has(node)) return
    const isWrongCall =
      node.op === 'rcall' &&
      on?.checkedType?.kind === 'dyn' &&
      rest.length > 0 &&
      node.candidates?.findFunction(rest.map(({ checkedType }) => checkedType ?? this.#options.dyn)) === null
    if (isWrongCall || (node.op === '[]' && !hasIndex(on?.checkedType, rest[0]?.checkedType))) {
      const message = this.#overload(node)
      if (message !== undefined) this.#note(node, message)
    }
  }

  /** What literals may not be: lists and maps of several types, and texts that are no expression, duration or moment. */
  judgeLiterals(given: Checked): void {
    const node: Checked = expanded(given)
    const operands = operandsOf(node)
    if (node.op === 'list') this.#alike(operands)
    if (node.op === 'map') for (const part of [0, 1]) this.#alike(operands.filter((_, i) => i % 2 === part))
    const name = nameOf(node)
    const text = operands.at(-1)
    const isCall = node.op === 'call' || node.op === 'rcall'
    if (isCall && name !== undefined && text?.op === 'value' && typeof text.args === 'string') {
      if (LITERALS[name]?.(text.args) === false) {
        this.#note(text, `invalid ${name} argument`)
      }
    }
    for (const below of nodesBelow(node)) {
      // What is formatted may be of any types.
      if (name === 'format' && below === operands[1] && below.op === 'list') {
        for (const item of operandsOf(below)) this.judgeLiterals(item)
      } else this.judgeLiterals(below)
    }
  }

  #alike([first, ...others]: readonly Checked[]): void {
    const expected = wordsOf(first?.checkedType)
    for (const other of others) {
      const type = wordsOf(other.checkedType)
      if (type === expected) continue
      this.#note(other, `expected type '${expected}' but found '${type}'`)
    }
  }
}

interface LibraryError {
  readonly node?: Checked
  readonly code: string
  readonly summary: string
}

/** What `has` walks through where that does not begin with a name; undefined where it does, and for no field. */
function fieldsOfOther(field: Checked): readonly AstNode[] | undefined {
  const fields: AstNode[] = []
  let node: Checked = field
  while (node.op === '.' || node.op === '.?') {
    fields.push(node)
    ;[node] = node.args as [Checked]
  }
  return node.op === 'id' || fields.length === 0 ? undefined : [...fields, node]
}

interface HasMacro {
  typeCheck(
    checker: { check(node: AstNode, context: unknown): CheckedType },
    macro: Macro,
    context: unknown,
  ): CheckedType
}

const OPERATORS: Readonly<Record<string, string>> = {
  in: '@in',
  '?:': '_?_:_',
  '[]': '_[_]',
  '!_': '!_',
  '-_': '-_',
}

/** Types of the constants that carry functions with a dot in their name. */
const NAMESPACES: ReadonlySet<string> = new Set(['Sets', 'Lists', 'Strings', 'IpFunctions'])

const LITERALS: Readonly<Record<string, (text: string) => boolean>> = {
  matches: isRegularExpression,
  timestamp: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  duration: (text) => /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text),
}

/** The operator, or the function that is called. */
function nameOf({ op, args }: AstNode): string | undefined {
  if (op !== 'call' && op !== 'rcall') return op
  return Array.isArray(args) ? withoutReplacements(String(args[0])) : undefined
}

/** The operands of an operator, the receiver and arguments of a call, the items of a list, keys and values of a map. */
function operandsOf({ op, args }: AstNode): readonly Checked[] {
  const given: readonly unknown[] = Array.isArray(args) ? (args as unknown[]) : [args]
  const parts = op === 'call' || op === 'rcall' ? given.slice(1) : given
  return parts
    .flat()
    .filter((part): part is Checked => typeof part === 'object' && part !== null && 'op' in part)
}

function overloadWords(name: string, applied: string): string {
  return `found no matching overload for '${name}' applied to '${applied}'`
}

/** Messages of a type can be compared, and may be null; the library wants that said of each type. */
function isSameMessage(node: AstNode): boolean {
  if (node.op !== '==' && node.op !== '!=') return false
  const [left, right] = operandsOf(node).map(({ checkedType }) => checkedType)
  const isMessage = left?.kind === 'message' || right?.kind === 'message'
  return isMessage && (left?.name === right?.name || left?.name === 'null' || right?.name === 'null')
}

/** The node that has another as an operand, as it was written. */
function parentOf(root: Checked, node: Checked): Checked | undefined {
  const operands = operandsOf(root)
  if (operands.includes(node)) return root
  for (const operand of operands) {
    const found = parentOf(operand, node)
    if (found) return found
  }
  return undefined
}

function isBoolean({ kind, name }: CheckedType): boolean {
  return kind === 'dyn' || name === 'bool'
}

function hasIndex(type: CheckedType | undefined, index: CheckedType | undefined): boolean {
  if (!type || !index || index.kind === 'dyn') return true
  if (type.kind === 'message') return false
  const key = /^map<(\w+),/.exec(type.name)?.[1]
  return key === undefined || key === 'dyn' || key === index.name || key.length === 1
}

/** A type as cel-go writes it: `list(string)`, `timestamp`. */
export function wordsOf(type: CheckedType | undefined): string {
  return spelled(type?.name ?? 'dyn')
}

/** The name of a type of the library as cel-go writes it. */
export function spelled(name: string): string {
  return name
    .replaceAll('optional<', 'optional_type<')
    .replaceAll(/\b[TKV]\b(?!\w)/g, 'dyn')
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
    .replaceAll('<', '(')
    .replaceAll('>', ')')
}

/** Where cel-go marks a node: at its operator, dot or parenthesis. */
function markOf(node: Checked, expression: string): number {
  const start = node.start ?? 0
  const [first] = operandsOf(node)
  const after = first?.end ?? start
  const at = (mark: string, from: number): number => {
    const index = expression.indexOf(mark, from)
    return index < 0 ? start : index
  }
  switch (node.op) {
    case '.':
    case '.?':
      return Math.max(expression.lastIndexOf('.', (node.pos ?? start) - 1), 0)
    case '[]':
    case '[?]':
      return at('[', after)
    case '?:':
      return at('?', after)
    case 'call':
      return at('(', start)
    case 'rcall':
      return at('(', at(String(nameOf(node)), after))
    case 'in':
      return after + Math.max(expression.slice(after).search(/\bin\b/), 0)
    case 'id':
    case 'value':
    case 'list':
    case 'map':
    case '!_':
    case '-_':
      return start
    default:
      return at(node.op, after)
  }
}
