import { PassThrough } from 'node:stream'

import { expect, it, vi } from 'vitest'

import { endWithReader } from './closed-pipe.ts'

function failed(code: string): NodeJS.ErrnoException {
  return Object.assign(new TypeError('write failed'), { code })
}

it('ends quietly when nobody reads on', () => {
  const stream = new PassThrough()
  const exit = vi.fn()
  endWithReader(stream, exit)
  stream.emit('error', failed('EPIPE'))
  expect(exit).toHaveBeenCalledWith(141)
})

it('hides no other fault', () => {
  const stream = new PassThrough()
  const exit = vi.fn()
  endWithReader(stream, exit)
  expect(() => stream.emit('error', failed('ENOSPC'))).toThrow('write failed')
  expect(exit).not.toHaveBeenCalled()
})
