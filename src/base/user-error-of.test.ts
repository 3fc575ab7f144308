import { writeFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { UserError } from './errors.ts'
import { userErrorOf } from './user-error-of.ts'

it('tells what a full disk means, and what to do', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(userErrorOf(full)).toMatchObject({
    message: 'the disk is full: ENOSPC: no space left on device, write',
    help: 'Make room, and run the same command again.',
  })
  expect(userErrorOf(full)).toBeInstanceOf(UserError)
})

it('leaves other errors what they are', () => {
  expect(userErrorOf(new TypeError('x is not a function'))).toBeUndefined()
  expect(userErrorOf('ENOSPC')).toBeUndefined()
  let missing: unknown
  try {
    writeFileSync('/nowhere/at/all', '')
  } catch (error) {
    missing = error
  }
  expect(userErrorOf(missing)).toBeUndefined()
})
