import { PassThrough } from 'node:stream'

import { expect, it, vi } from 'vitest'

import { endWithReader } from './closed-pipe.ts'

function watched(): { stream: PassThrough; exit: (code: number) => void; tell: (error: Error) => void } {
  const [stream, exit, tell] = [
    new PassThrough(),
    vi.fn<(code: number) => void>(),
    vi.fn<(error: Error) => void>(),
  ]
  endWithReader(stream, { exit, tell })
  return { stream, exit, tell }
}

function failed(code: string): NodeJS.ErrnoException {
  return Object.assign(new TypeError('write failed'), { code })
}

it('ends quietly when nobody reads on', () => {
  const { stream, exit, tell } = watched()
  stream.emit('error', failed('EPIPE'))
  expect(exit).toHaveBeenCalledWith(141)
  expect(tell).not.toHaveBeenCalled()
})

it('says why it ends when the disk is full', () => {
  const { stream, exit, tell } = watched()
  stream.emit('error', failed('ENOSPC'))
  expect(tell).toHaveBeenCalledWith(expect.objectContaining({ message: 'the disk is full: write failed' }))
  expect(exit).toHaveBeenCalledWith(1)
})

it('hides no other fault', () => {
  const { stream, exit } = watched()
  expect(() => stream.emit('error', failed('ERR_DEFECT'))).toThrow('write failed')
  expect(exit).not.toHaveBeenCalled()
})
