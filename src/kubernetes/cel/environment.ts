// Owns the Common Expression Language as Kubernetes speaks it: which functions there are, compiling, evaluating.
// Source: apiserver pkg/cel/environment/base.go, pkg/admission/plugin/cel/compile.go.
import {
  Environment,
  ParseError,
  type ParseResult,
  type TypeError as CelTypeError,
} from '@marcbachmann/cel-js'

import { leadToReplacements, type AstNode } from './ast.ts'
import { estimateCost } from './cost/estimate.ts'
import { instrument } from './cost/instrument.ts'
import { metered, type Budget } from './cost/meter.ts'
import type { SizedType } from './cost/size.ts'
import { CelError, compileWords, runtimeWords } from './errors.ts'
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

export interface CompileOptions {
  /** Types that the result may have; `dyn` is none of the others. Anything when absent. */
  readonly returns?: readonly string[]
}

/** A set of variables and functions that expressions are compiled in. */
export class CelEnvironment {
  readonly #environment: Environment

  /** @param extend registers what only these expressions have. */
  constructor(variables: Declarations, extend?: (environment: Environment) => void) {
    const environment = base().clone()
    extend?.(environment)
    for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
    this.#environment = environment
  }

  /** @throws CelError what is wrong with the expression, without the head `compilation failed: `. */
  compile(expression: string, { returns }: CompileOptions = {}): Program {
    const failed = (error: ParseError | CelTypeError): CelError =>
      new CelError(`compilation failed: ${compileWords(error, expression)}`)
    const run = this.#parse(expression, failed)
    // The library declares a part of what a node has.
    const ast = run.ast as unknown as AstNode
    leadToReplacements(ast)
    const checked = run.check()
    if (checked.error) throw failed(checked.error)
    const type = checked.type ?? 'dyn'
    if (returns && !returns.includes(type)) throw new CelError(wrongType(returns, type))
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

  #parse(expression: string, failed: (error: ParseError) => CelError): ParseResult {
    try {
      return this.#environment.parse(expression)
    } catch (error) {
      if (error instanceof ParseError) throw failed(error)
      throw error
    }
  }
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
