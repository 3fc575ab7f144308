// Owns what a run of moto's tests says: how many of those that are right for AWS pass. Pure.

/** Tests that do not count, and why. */
export interface Excuse {
  /** `wrong`: AWS does something else; `far`: AWS does it, and it is far from what Neargate is for. */
  readonly kind: 'wrong' | 'far'
  readonly reason: string
  /** `tests/test_ec2/test_hosts.py`, all of a file, or `…::test_name`, with all its parameters. */
  readonly tests: readonly string[]
}

/** What became of one test. */
export interface Outcome {
  readonly test: string
  /** pytest's word: `passed`, `failed`, `skipped`; `uncollected` for a file whose tests could not be read. */
  readonly outcome: string
  readonly message: string
  /** moto has run it against AWS itself, by its marker. */
  readonly isVerified?: boolean
}

export interface Verdict {
  /** Tests that are right for AWS and whose service is here. */
  readonly right: number
  readonly passed: number
  readonly wrong: number
  readonly far: number
  /** Those that are right for AWS and fail. */
  readonly failures: readonly Outcome[]
  /** Those that are excused and fail. */
  readonly excused: readonly Outcome[]
  /** Files that pytest could not collect, whose tests nobody knows. */
  readonly uncollected: readonly Outcome[]
  /** Excused ones that pass. */
  readonly needless: readonly string[]
  /** Those that are excused as wrong though AWS itself passed them. */
  readonly disputed: readonly string[]
}

/** Counts the outcomes; a skipped test is none. An excused test that passes counts as excused all the same. */
export function verdictOf(outcomes: readonly Outcome[], excuses: readonly Excuse[]): Verdict {
  const kinds = new Map(excuses.flatMap(({ kind, tests }) => tests.map((test) => [test, kind] as const)))
  const ran = outcomes.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'uncollected')
  const judged = ran.map((outcome) => ({ ...outcome, kind: kindOf(kinds, outcome.test) }))
  const right = judged.filter(({ kind }) => kind === undefined)
  const failures = right.filter(({ outcome }) => outcome !== 'passed')
  return {
    right: right.length,
    passed: right.length - failures.length,
    wrong: judged.filter(({ kind }) => kind === 'wrong').length,
    far: judged.filter(({ kind }) => kind === 'far').length,
    failures,
    excused: judged.filter(({ kind, outcome }) => kind !== undefined && outcome !== 'passed'),
    uncollected: outcomes.filter(({ outcome }) => outcome === 'uncollected'),
    needless: judged
      .filter(({ kind, outcome }) => kind !== undefined && outcome === 'passed')
      .map(({ test }) => test),
    disputed: judged
      .filter(({ kind, isVerified }) => kind === 'wrong' && isVerified === true)
      .map(({ test }) => test),
  }
}

// The id itself, the test without its parameters, the file.
function kindOf(kinds: ReadonlyMap<string, Excuse['kind']>, test: string): Excuse['kind'] | undefined {
  const [name = test] = test.split('[')
  const [file = test] = name.split('::')
  return kinds.get(test) ?? kinds.get(name) ?? kinds.get(file)
}
