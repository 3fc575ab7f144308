// Owns semantic versions in CEL. Source: apiserver pkg/cel/library/semverlib.go, semver.org (precedence).
import type { Environment } from '@marcbachmann/cel-js'

import { CelError } from '../errors.ts'

class Semver {
  readonly numbers: readonly bigint[]
  readonly pre: readonly string[]

  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers
    this.pre = pre
  }
}

const TYPE = 'kubernetes.Semver'
const PATTERN =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z.-]+)?$/

/** Registers `semver`, `isSemver` and what versions can be asked. */
export function registerSemver(environment: Environment): void {
  environment
    .registerType(TYPE, { ctor: Semver, fields: {} })
    .registerFunction(`semver(string): ${TYPE}`, parse)
    .registerFunction(`semver(string, bool): ${TYPE}`, (text: string, loose: boolean) =>
      parse(normal(text, loose)),
    )
    .registerFunction('isSemver(string): bool', (text: string) => PATTERN.test(text))
    .registerFunction('isSemver(string, bool): bool', (text: string, loose: boolean) =>
      PATTERN.test(normal(text, loose)),
    )
    .registerOperator(`${TYPE} == ${TYPE}`, (a: Semver, b: Semver) => compare(a, b) === 0)
    .registerFunction(`${TYPE}.isGreaterThan(${TYPE}): bool`, (a: Semver, b: Semver) => compare(a, b) > 0)
    .registerFunction(`${TYPE}.isLessThan(${TYPE}): bool`, (a: Semver, b: Semver) => compare(a, b) < 0)
    .registerFunction(`${TYPE}.compareTo(${TYPE}): int`, (a: Semver, b: Semver) => BigInt(compare(a, b)))
  for (const [i, name] of ['major', 'minor', 'patch'].entries()) {
    environment.registerFunction(`${TYPE}.${name}(): int`, ({ numbers }: Semver) => numbers[i] ?? 0n)
  }
}

function parse(text: string): Semver {
  const match = PATTERN.exec(text)
  if (!match) throw new CelError(`No Major.Minor.Patch elements found`)
  return new Semver(match.slice(1, 4).map(BigInt), match[4]?.split('.') ?? [])
}

// A leading v goes, missing parts are 0, leading zeroes go.
function normal(text: string, isLoose: boolean): string {
  if (!isLoose) return text
  const [, core = '', rest = ''] = /^v?([^+-]*)(.*)$/.exec(text) ?? []
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''))
  while (parts.length < 3) parts.push('0')
  return parts.join('.') + rest
}

function compare(a: Semver, b: Semver): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  return comparePre(a.pre, b.pre)
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  // A release comes after what led to it.
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length)
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const [x, y] = [a[i], b[i]]
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1
    if (x === y) continue
    const [isX, isY] = [/^\d+$/.test(x), /^\d+$/.test(y)]
    if (isX && isY) return BigInt(x) < BigInt(y) ? -1 : 1
    if (isX !== isY) return isX ? -1 : 1
    return x < y ? -1 : 1
  }
  return 0
}
