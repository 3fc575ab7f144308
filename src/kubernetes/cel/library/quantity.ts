// Owns quantities in CEL. Source: apiserver pkg/cel/library/quantity.go.
import type { Environment } from '@marcbachmann/cel-js'

import { parseMilli, QuantityError } from '../../../base/quantity.ts'
import { CelError } from '../errors.ts'

class Quantity {
  readonly milli: bigint

  constructor(milli: bigint) {
    this.milli = milli
  }
}

const TYPE = 'kubernetes.Quantity'

/** Registers `quantity`, `isQuantity` and what quantities can be asked. */
export function registerQuantity(environment: Environment): void {
  const binary = (name: string, result: string, of: (a: bigint, b: bigint) => unknown): void => {
    environment.registerFunction(`${TYPE}.${name}(${TYPE}): ${result}`, (a: Quantity, b: Quantity) =>
      of(a.milli, b.milli),
    )
  }
  environment
    .registerType(TYPE, { ctor: Quantity, fields: {} })
    .registerFunction(`quantity(string): ${TYPE}`, (text: string) => new Quantity(parse(text)))
    .registerFunction('isQuantity(string): bool', isQuantity)
    .registerOperator(`${TYPE} == ${TYPE}`, (a: Quantity, b: Quantity) => a.milli === b.milli)
    .registerFunction(`${TYPE}.sign(): int`, ({ milli }: Quantity) => sign(milli))
    .registerFunction(`${TYPE}.isInteger(): bool`, ({ milli }: Quantity) => milli % 1000n === 0n)
    .registerFunction(`${TYPE}.asInteger(): int`, ({ milli }: Quantity) => asInteger(milli))
    .registerFunction(`${TYPE}.asApproximateFloat(): double`, ({ milli }: Quantity) => Number(milli) / 1000)
    .registerFunction(
      `${TYPE}.add(int): ${TYPE}`,
      (a: Quantity, n: bigint) => new Quantity(a.milli + n * 1000n),
    )
    .registerFunction(
      `${TYPE}.sub(int): ${TYPE}`,
      (a: Quantity, n: bigint) => new Quantity(a.milli - n * 1000n),
    )
  binary('isGreaterThan', 'bool', (a, b) => a > b)
  binary('isLessThan', 'bool', (a, b) => a < b)
  binary('compareTo', 'int', (a, b) => sign(a - b))
  binary('add', TYPE, (a, b) => new Quantity(a + b))
  binary('sub', TYPE, (a, b) => new Quantity(a - b))
}

function sign(value: bigint): bigint {
  if (value === 0n) return 0n
  return value > 0n ? 1n : -1n
}

function parse(text: string): bigint {
  try {
    return parseMilli(text)
  } catch (error) {
    if (error instanceof QuantityError) throw new CelError(error.message)
    throw error
  }
}

function isQuantity(text: string): boolean {
  try {
    parseMilli(text)
    return true
  } catch (error) {
    if (error instanceof QuantityError) return false
    throw error
  }
}

function asInteger(milli: bigint): bigint {
  if (milli % 1000n !== 0n) throw new CelError('cannot convert value to integer')
  return milli / 1000n
}
