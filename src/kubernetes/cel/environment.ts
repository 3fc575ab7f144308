// Owns the Common Expression Language as Kubernetes speaks it: which functions there are, compiling, evaluating.
// Source: apiserver pkg/cel/environment/base.go, pkg/admission/plugin/cel/compile.go.
import { Environment, ParseError, type ParseResult } from '@marcbachmann/cel-js'

import { InternalError } from '../../base/errors.ts'
import { leadToReplacements, withoutReplacements, type AstNode, type CheckedType } from './ast.ts'
import { estimateCost } from './cost/estimate.ts'
import { instrument } from './cost/instrument.ts'
import { metered, type Budget } from './cost/meter.ts'
import type { SizedType } from './cost/size.ts'
import { CelError, marked, runtimeWords, syntaxFinding, type Finding } from './errors.ts'
import { spelled, typeFindings } from './findings.ts'
import { registerComprehensions } from './library/comprehensions.ts'
import { registerConversions } from './library/conversions.ts'
import { registerLists } from './library/lists.ts'
import { registerNetwork } from './library/network.ts'
import { registerQuantity } from './library/quantity.ts'
import { registerSemver } from './library/semver.ts'
import { registerSets } from './library/sets.ts'
import { registerText } from './library/text.ts'
import { registerUrl } from './library/url.ts'

/** Types of CEL by name of variable: `int`, `string`, `list<string>`, `dyn`. */
export type Declarations = Readonly<Record<string, string>>

/** An expression that has been compiled. */
export interface Program {
  /** Type of what it evaluates to: `bool`, `dyn`. */
  readonly type: string
  /** The most that one evaluation costs, when `self` and `oldSelf` are as large as they may be. */
  readonly maximumCost: (self: SizedType) => number
  /**
   * @param variables values as `toCel` makes them.
   * @param budget what several evaluations share; this one is taken from it.
   * @throws CelError with the words of cel-go. @throws CelCostError when it costs too much.
   */
  evaluate(variables: Readonly<Record<string, unknown>>, budget?: Budget): unknown
}

export interface EnvironmentOptions {
  /** What it adds to; what all environments have by default. */
  readonly from?: CelEnvironment | undefined
  /** Registers what only these expressions have. */
  readonly extend?: (environment: Environment) => void
  /** True when the types are as exact as Kubernetes' own; otherwise less is refused. */
  readonly isExact?: boolean
}

export interface CompileOptions {
  /** Types that the result may have; `dyn` is none of the others. Anything when absent. */
  readonly returns?: readonly string[]
}

/** A set of variables and functions that expressions are compiled in. */
export class CelEnvironment {
  readonly #environment: Environment
  readonly #isExact: boolean
  #memo: { readonly dyn: CheckedType; readonly functions: ReadonlySet<string> } | undefined

  constructor(variables: Declarations, { from, extend, isExact = false }: EnvironmentOptions = {}) {
    const environment = (from ? from.#environment : base()).clone()
    this.#isExact = isExact
    extend?.(environment)
    for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
    this.#environment = environment
  }

  /** @throws CelError what is wrong with the expression, without the head `compilation failed: `. */
  compile(expression: string, { returns }: CompileOptions = {}): Program {
    const { run, findings } = this.#check(expression)
    if (!run || findings.length > 0) {
      throw new CelError(`compilation failed: ${marked(findings, expression)}`)
    }
    // The library declares a part of what a node has.
    const ast = run.ast as unknown as AstNode
    const type = ast.checkedType?.name ?? 'dyn'
    if (returns && !returns.includes(type)) throw new CelError(wrongType(returns, spelled(type)))
    instrument(ast)
    return {
      type,
      maximumCost: (self) => estimateCost(ast, self),
      evaluate(variables, budget) {
        try {
          return metered(budget, () => run({ ...variables }) as unknown)
        } catch (error) {
          if (error instanceof CelError) throw error
          throw new CelError(runtimeWords(error))
        }
      },
    }
  }

  /** What is wrong with an expression, as cel-go shows it; undefined when it compiles, to whatever type. */
  problemOf(expression: string): string | undefined {
    const { findings } = this.#check(expression)
    return findings.length > 0 ? marked(findings, expression) : undefined
  }

  /** The type of an expression; undefined for one that does not compile. */
  typeOf(expression: string): string | undefined {
    const { run, findings } = this.#check(expression)
    return run && findings.length === 0 ? (run.ast as unknown as AstNode).checkedType?.name : undefined
  }

  #check(expression: string): { readonly run?: ParseResult; readonly findings: readonly Finding[] } {
    let run: ParseResult
    try {
      run = this.#environment.parse(expression)
    } catch (error) {
      if (error instanceof ParseError) return { findings: [syntaxFinding(error, expression)] }
      throw error
    }
    leadToReplacements(run.ast as unknown as AstNode)
    this.#memo ??= knownBy(this.#environment)
    return { run, findings: typeFindings(run, { ...this.#memo, expression, isExact: this.#isExact }) }
  }
}

function knownBy(environment: Environment): {
  readonly dyn: CheckedType
  readonly functions: ReadonlySet<string>
} {
  const anything = environment.parse('[1, ""]')
  anything.check()
  const dyn = (anything.ast as unknown as AstNode).checkedType?.valueType
  if (dyn?.kind !== 'dyn') throw new InternalError('the type that is anything is not known')
  const names = environment.getDefinitions().functions.map(({ name }) => withoutReplacements(name))
  return { dyn, functions: new Set(names) }
}

function wrongType(returns: readonly string[], type: string): string {
  const [only] = returns
  return returns.length === 1
    ? `must evaluate to ${only} but got ${type}`
    : `must evaluate to one of [${returns.join(' ')}] but got ${type}`
}

// Made once: registering a hundred functions takes longer than most evaluations.
let shared: Environment | undefined

function base(): Environment {
  if (shared) return shared
  const environment = new Environment({
    enableOptionalTypes: true,
    // Arguments of `format` may be of any types, in one list.
    homogeneousAggregateLiterals: false,
  })
  for (const register of [
    registerText,
    registerLists,
    registerComprehensions,
    registerConversions,
    registerSets,
    registerUrl,
    registerQuantity,
    registerNetwork,
    registerSemver,
  ]) {
    register(environment)
  }
  shared = environment
  return environment
}
