import { describe, expect, it } from 'vitest'

import { StatusError, UserError } from '../base/errors.ts'
import { explainLost } from './broken-connection.ts'

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

describe('a lost connection', () => {
  it.each([
    withCode('ECONNRESET', 'socket hang up'),
    withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND sts.eu-west-1.amazonaws.com'),
    Object.assign(new Error('took too long'), { name: 'TimeoutError' }),
  ])('is told with how to go on: $message', (error) => {
    expect(explainLost(error)).toMatchObject({
      name: 'UserError',
      message: `the connection to AWS was lost: ${error.message}`,
      help: expect.stringContaining('AWS goes on with what was begun.'),
      cause: error,
    })
  })

  it('is told of a cluster with the ways to it', () => {
    const error = new StatusError('ServiceUnavailable', 'cannot reach the Kubernetes API at https://x')
    expect(explainLost(error, ' Or not.')).toMatchObject({
      message: error.message,
      help: 'Is this machine in the VPC, or among vpc.publicAccessCIDRs? From where it is reached, run the same command again: it goes on from here. Or not.',
    })
  })

  it.each([
    new UserError('said already'),
    new StatusError('Forbidden', 'no'),
    withCode('ENOENT', 'no such file'),
    new TypeError('a defect'),
    'a text',
  ])('is not what %s is', (error) => {
    expect(explainLost(error)).toBe(error)
  })
})
