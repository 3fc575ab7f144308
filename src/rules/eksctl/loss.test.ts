import { describe, expect, it } from 'vitest'

import { isRefused, lossOf } from './loss.ts'

const cluster = 'AWS::EKS::Cluster'

describe('lossOf', () => {
  it.each([
    ['a control plane that goes', { action: 'Remove', type: cluster }, 'every Kubernetes object in it'],
    [
      'one that is replaced',
      { action: 'Modify', type: cluster, replacement: 'True' },
      'every Kubernetes object in it',
    ],
    [
      'one that may be',
      { action: 'Modify', type: cluster, replacement: 'Conditional' },
      'every Kubernetes object in it',
    ],
    ['a log group', { action: 'Remove', type: 'AWS::Logs::LogGroup' }, 'the logs in it'],
    ['a type that nobody has looked at', { action: 'Remove', type: 'AWS::S3::Bucket' }, 'whatever it holds'],
  ] as const)('names what %s takes with it', (_, change, loss) => {
    expect(lossOf(change)).toBe(loss)
  })

  it.each([
    ['is added', { action: 'Add', type: cluster }],
    ['changes in place', { action: 'Modify', type: cluster, replacement: 'False' }],
    ['changes, nothing said of replacement', { action: 'Modify', type: cluster }],
    ['holds nothing', { action: 'Remove', type: 'AWS::EC2::Route' }],
    ['is replaced and holds nothing', { action: 'Modify', type: 'AWS::IAM::Policy', replacement: 'True' }],
  ] as const)('is nothing for what %s', (_, change) => {
    expect(lossOf(change)).toBeUndefined()
  })
})

describe('isRefused', () => {
  it.each([
    [{ action: 'Modify', type: cluster, replacement: 'True' }, true],
    [{ action: 'Modify', type: 'AWS::EKS::Nodegroup', replacement: 'True' }, true],
    [{ action: 'Modify', type: cluster, replacement: 'False' }, false],
    [{ action: 'Remove', type: cluster }, false],
    [{ action: 'Modify', type: 'AWS::IAM::Role', replacement: 'True' }, false],
  ] as const)('%j: %s', (change, refused) => {
    expect(isRefused(change)).toBe(refused)
  })
})
