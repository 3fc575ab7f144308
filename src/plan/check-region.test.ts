import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function said(region: string): string[] {
  return plan(web, { region })
    .problems.filter(({ code }) => code === 'region-not-emulated')
    .map(({ severity, message, line, column }) => `${severity} ${line}:${column} ${message}`)
}

describe('regions', () => {
  it.each(['eu-west-1', 'us-east-1', 'ap-southeast-1'])('%s is one', (region) => {
    expect(said(region)).toEqual([])
  })

  it.each([
    ['xx-east-1', 'error 3:29 xx-east-1 is not an AWS region'],
    [
      'cn-northwest-1',
      'error 3:29 cn-northwest-1 is in the partition aws-cn, which is not supported: its ARNs and endpoints differ',
    ],
  ])('%s is refused', (region, expected) => {
    expect(said(region)).toEqual([expected])
  })
})

describe('regions with --target aws', () => {
  const codes = (region: string): string[] =>
    plan(web, { region, target: 'aws' })
      .problems.filter(({ severity }) => severity === 'error')
      .map(({ code, message, line }) => `${code} ${line} ${message}`)

  it.each(['eu-west-1', 'cn-northwest-1', 'eusc-de-east-1'])('%s is one', (region) => {
    expect(codes(region)).toEqual([])
  })

  it('has no Fargate in GovCloud', () => {
    expect(codes('us-gov-west-1')).toEqual([
      'region-without-fargate 5 EKS has no Fargate in us-gov-west-1 (partition aws-us-gov)',
    ])
  })

  it('knows a name that is none', () => {
    expect(codes('xx-east-1')).toEqual(['region-unknown 3 xx-east-1 is not an AWS region'])
  })
})
