import { describe, expect, it } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import { isInUse, lookAgainMs } from './in-use.ts'

const DELETED = '2026-01-01T00:00:00Z'
const AT = Date.parse(DELETED)

describe('what is still in use', () => {
  it.each([
    ['ResourceInUse', true],
    ['DependencyViolation', true],
    ['AccessDenied', false],
  ])('%s: %j', (code, expected) => {
    expect(isInUse(new AwsError(code, 'no'))).toBe(expected)
  })

  it.each([
    [0, 100],
    [-500, 100],
    [2_000, 500],
    [600_000, 10_000],
  ])('is looked at again, %i ms after its deletion, in %i ms', (ageMs, waitMs) => {
    expect(lookAgainMs(DELETED, AT + ageMs)).toBe(waitMs)
  })

  it('is the business of the queue where nothing is being deleted', () => {
    expect(lookAgainMs(undefined, AT)).toBeUndefined()
  })
})
