import { describe, expect, it } from 'vitest'
import { isPlainRoleArn, trustsFargate } from './fargate-trust.ts'

const arn = 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/shop/web/1a2b'

function policy(change: object = {}): unknown {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'eks-fargate-pods.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/shop/*' },
        },
        ...change,
      },
    ],
  }
}

describe('trustsFargate', () => {
  it.each<[string, unknown, boolean]>([
    ['the policy of the User Guide', policy(), true],
    ['without a condition', policy({ Condition: undefined }), true],
    [
      'lists',
      policy({ Action: ['sts:AssumeRole'], Principal: { Service: ['x', 'eks-fargate-pods.amazonaws.com'] } }),
      true,
    ],
    [
      'another cluster',
      policy({ Condition: { ArnLike: { 'AWS:SourceArn': arn.replace('shop', 'store') } } }),
      false,
    ],
    [
      'a dot is a dot',
      policy({ Condition: { StringLike: { 'aws:SourceArn': arn.replace('1a2b', '1.2b') } } }),
      false,
    ],
    [
      'exact operator takes no wildcard',
      policy({ Condition: { StringEquals: { 'aws:SourceArn': '*' } } }),
      false,
    ],
    ['the node role', policy({ Principal: { Service: 'ec2.amazonaws.com' } }), false],
    ['denied', policy({ Effect: 'Deny' }), false],
    ['another action', policy({ Action: 'sts:TagSession' }), false],
    ['no policy at all', undefined, false],
  ])('%s', (_, given, trusts) => {
    expect(trustsFargate(given, arn)).toBe(trusts)
  })
})

describe('isPlainRoleArn', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/pods', true],
    ['arn:aws-cn:iam::111122223333:role/pods', true],
    ['arn:aws:iam::111122223333:role/team/pods', false],
    ['arn:aws:iam::111122223333:user/pods', false],
  ])('%s: %s', (given, plain) => {
    expect(isPlainRoleArn(given)).toBe(plain)
  })
})
