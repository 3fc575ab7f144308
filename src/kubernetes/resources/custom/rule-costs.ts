// Owns what the rules of one definition may cost, each and all together.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/{validation,cel_validation}.go.
import { forbidden, type FieldError } from '../field-error.ts'

/** StaticEstimatedCostLimit, StaticEstimatedCRDCostLimit */
const PER_EXPRESSION = 10_000_000
const PER_DEFINITION = 100_000_000
/** How many of the dearest are named, and what one must contribute at least. */
const NAMED = 4
const WORTH_NAMING = PER_DEFINITION / 100

/** Adds up what the expressions of a definition may cost. */
export class RuleCosts {
  #total = 0
  #dearest: { readonly path: string; readonly cost: number }[] = []

  /** Takes an expression into account; says when it is too dear by itself. */
  observe(path: string, cost: number): FieldError[] {
    this.#total += cost
    if (cost >= WORTH_NAMING) {
      this.#dearest = [...this.#dearest, { path, cost }].toSorted((a, b) => b.cost - a.cost).slice(0, NAMED)
    }
    const what = path.endsWith('.rule') ? 'estimated rule cost' : 'estimated messageExpression cost'
    return cost > PER_EXPRESSION ? [forbidden(path, exceeds(what, cost / PER_EXPRESSION))] : []
  }

  /** What is wrong with all of them together; `path` is that of the schema. */
  errors(path: string): FieldError[] {
    if (this.#total <= PER_DEFINITION) return []
    const why = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    return [
      ...this.#dearest.map((one) => forbidden(one.path, why)),
      forbidden(path, exceeds(what, this.#total / PER_DEFINITION)),
    ]
  }
}

function exceeds(what: string, times: number): string {
  const factor = times > 100 ? 'more than 100x' : `${times.toFixed(times < 1.5 ? 6 : 1)}x`
  return `${what} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}
