// Owns how the AWS Load Balancer Controller reads the annotations of Ingresses and of the Services behind them.
// Source: aws-load-balancer-controller, pkg/annotations/parser.go and constants.go.
import type { Ingress } from '../../../../generated/kubernetes.d.ts'
import { isObject } from '../../../base/json.ts'
import { BuildError, parseBoolean, splitList, splitPairs } from '../annotations.ts'

/** What annotations of Ingresses begin with; what follows is called their suffix. */
export const INGRESS_PREFIX = 'alb.ingress.kubernetes.io/'

const INT32 = 2 ** 31

/** The annotations of one object, or of several laid over each other. */
export class IngressAnnotations {
  readonly #values: Readonly<Record<string, string>>

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = values
  }

  text(suffix: string): string | undefined {
    return this.#values[INGRESS_PREFIX + suffix]
  }

  list(suffix: string): string[] | undefined {
    const value = this.text(suffix)
    return value === undefined ? undefined : splitList(value)
  }

  /** @throws BuildError */
  map(suffix: string): Record<string, string> {
    const raw = this.text(suffix) ?? ''
    const pairs = splitPairs(raw).map((pair): [string, string] => {
      const at = pair.indexOf('=')
      const key = pair.slice(0, Math.max(0, at)).trim()
      if (key === '')
        throw wrong(suffix, `failed to parse stringMap annotation, ${INGRESS_PREFIX}${suffix}: ${raw}`)
      return [key, pair.slice(at + 1).trim()]
    })
    return Object.fromEntries(pairs)
  }

  /** @throws BuildError */
  boolean(suffix: string): boolean | undefined {
    const value = this.text(suffix)
    const parsed = value === undefined ? undefined : parseBoolean(value)
    if (value === undefined || parsed !== undefined) return parsed
    const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
    throw wrong(suffix, `failed to parse bool annotation, ${INGRESS_PREFIX}${suffix}: ${value}: ${why}`)
  }

  /** @throws BuildError */
  integer(suffix: string): number | undefined {
    const value = this.text(suffix)
    if (value === undefined) return undefined
    const isNumber = /^[+-]?\d+$/.test(value)
    const number = Number(value)
    if (isNumber && number >= -INT32 && number < INT32) return number
    const why = `strconv.ParseInt: parsing ${JSON.stringify(value)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`
    throw wrong(suffix, `failed to parse int32 annotation, ${INGRESS_PREFIX}${suffix}: ${value}: ${why}`)
  }

  /** What the JSON says; keys are found whatever their case, as Go's decoder finds them. @throws BuildError */
  json(suffix: string): unknown {
    const value = this.text(suffix)
    if (value === undefined) return undefined
    try {
      return withLowerKeys(JSON.parse(value))
    } catch (error) {
      const why = Error.isError(error) ? error.message : String(error)
      throw wrong(suffix, `failed to parse json annotation, ${INGRESS_PREFIX}${suffix}: ${value}: ${why}`)
    }
  }
}

/** An error about one annotation of an Ingress. */
export function wrong(suffix: string, message: string, isNotEmulated = false): BuildError {
  return new BuildError(message, {
    path: ['metadata', 'annotations', INGRESS_PREFIX + suffix],
    isNotEmulated,
  })
}

function withLowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLowerKeys)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.toLowerCase(), withLowerKeys(each)]),
  )
}

/** Those of an Ingress. */
export function annotationsOf({ ingress }: { readonly ingress: Ingress }): IngressAnnotations {
  return new IngressAnnotations(ingress.metadata.annotations)
}
