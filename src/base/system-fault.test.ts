import { writeFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { UserError } from './errors.ts'
import { systemFault } from './system-fault.ts'

it('tells what a full disk means, and what to do', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(systemFault(full)).toMatchObject({
    message: 'the disk is full: ENOSPC: no space left on device, write',
    help: 'Make room, and run the same command again.',
  })
  expect(systemFault(full)).toBeInstanceOf(UserError)
})

it('leaves other errors what they are', () => {
  expect(systemFault(new TypeError('x is not a function'))).toBeUndefined()
  expect(systemFault('ENOSPC')).toBeUndefined()
  let missing: unknown
  try {
    writeFileSync('/nowhere/at/all', '')
  } catch (error) {
    missing = error
  }
  expect(systemFault(missing)).toBeUndefined()
})
