import { describe, expect, it } from 'vitest'

import { formatArn, parseArn } from './arn.ts'

describe('parseArn', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/path/node', ['aws', 'iam', '', '111122223333', 'role/path/node']],
    ['arn:aws-cn:eks:cn-north-1:1:cluster/a', ['aws-cn', 'eks', 'cn-north-1', '1', 'cluster/a']],
    ['arn:aws:logs:eu-west-1:1:log-group:/a:*', ['aws', 'logs', 'eu-west-1', '1', 'log-group:/a:*']],
    ['arn:aws:iam::aws:policy/P', ['aws', 'iam', '', 'aws', 'policy/P']],
  ])('reads %s, and writes it again', (text, [partition, service, region, accountId, resource]) => {
    const arn = parseArn(text)
    expect(arn).toEqual({ partition, service, region, accountId, resource })
    expect(arn && formatArn(arn)).toBe(text)
  })

  it.each(['', 'node-role', 'arn:aws:iam', 'arn:aws:iam::111122223333:', 'urn:aws:iam::1:role/a'])(
    'refuses %j',
    (text) => expect(parseArn(text)).toBeUndefined(),
  )
})
