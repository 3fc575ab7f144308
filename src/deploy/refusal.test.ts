import { describe, expect, it } from 'vitest'

import { StatusError, UserError } from '../base/errors.ts'
import { explainRefusal } from './refusal.ts'
import { awsFailure } from './testing/fake-cloud.ts'

const AGAIN = 'run the same command again: it goes on from here.'

describe('explainRefusal', () => {
  it.each([
    ['InvalidParameterException', `Correct the files, then ${AGAIN}`],
    [
      'AccessDeniedException',
      `The credentials do not permit this. Ask whoever manages the account, then ${AGAIN}`,
    ],
    [
      'UnauthorizedOperation',
      `The credentials do not permit this. Ask whoever manages the account, then ${AGAIN}`,
    ],
    ['ExpiredTokenException', `Sign in again, or correct the keys, then ${AGAIN}`],
    ['ThrottlingException', `AWS was asked too often. Wait a moment, then ${AGAIN}`],
    ['RequestLimitExceeded', `AWS was asked too often. Wait a moment, then ${AGAIN}`],
    ['VpcLimitExceeded', `Raise the quota, or remove something that counts against it, then ${AGAIN}`],
    ['TooManyLoadBalancers', `Raise the quota, or remove something that counts against it, then ${AGAIN}`],
  ])('says what to do about %s of AWS, in its words', (code, help) => {
    const failure = awsFailure(code, 'Subnet subnet-1 is not a private subnet')
    const told = explainRefusal(failure, 'Fargate profile web')
    expect(told).toBeInstanceOf(UserError)
    expect(told).toMatchObject({
      message: `Fargate profile web: AWS refused: Subnet subnet-1 is not a private subnet (${code})`,
      help,
      cause: failure,
    })
  })

  it('does not blame the files for a failure of AWS itself', () => {
    const failure = Object.assign(awsFailure('ServerException', 'try later'), { $fault: 'server' })
    expect(explainRefusal(failure, 'control plane')).toMatchObject({
      message: 'control plane: AWS failed: try later (ServerException)',
      help: 'Run the same command again: it goes on from here.',
    })
  })

  it.each([
    ['Invalid', `Correct the files, then ${AGAIN}`],
    ['Forbidden', `The credentials do not permit this. Ask whoever manages the account, then ${AGAIN}`],
    ['InternalError', 'Run the same command again: it goes on from here.'],
  ] as const)('says what to do about %s of Kubernetes', (reason, help) => {
    expect(explainRefusal(new StatusError(reason, 'no such thing'), 'manifests')).toMatchObject({
      message: `manifests: Kubernetes refused: no such thing (${reason})`,
      help,
    })
  })

  it.each([
    ['what is told already', new UserError('told')],
    ['an API server that went away', new StatusError('ServiceUnavailable', 'gone')],
    ['a connection that broke', Object.assign(new TypeError('fetch failed'), { code: 'ECONNREFUSED' })],
    ['a defect of ours', new RangeError('oops')],
    ['what is no error', 'text'],
  ])('leaves %s as it is', (_, error) => {
    expect(explainRefusal(error, 'anything')).toBe(error)
  })
})

describe('an answer that is none of AWS’s', () => {
  it('is told with its status, in one line', () => {
    const error = Object.assign(new Error('mismatched tags\n  Deserialization error'), {
      $response: { statusCode: 502 },
    })
    expect(explainRefusal(error, 'control plane')).toMatchObject({
      message: "control plane: the answer (HTTP 502) is none of AWS's: mismatched tags",
      help: expect.stringContaining('a proxy say'),
    })
  })
})
