import { expect, test } from 'vitest'

import { machineImages } from '../rules/nodes/machine-images.ts'
import { plan } from './testing/plan-of.ts'

function told(ami: string, target: 'near' | 'aws' = 'near'): string[] {
  const nodes = `[{name: ng, amiFamily: AmazonLinux2023, ami: ${ami}}]`
  return plan('', { nodes, target })
    .problems.filter(({ code }) => code === 'image-not-known')
    .map(({ message }) => message)
}

test('says that an image of the account is taken on trust near', () => {
  expect(told('ami-0123456789abcdef0')).toEqual([
    expect.stringContaining('an image ami-0123456789abcdef0 in ap-southeast-1'),
  ])
  expect(told('ami-0123456789abcdef0', 'aws')).toEqual([])
})

test('knows what Amazon publishes, and what eksctl chooses', () => {
  expect(told(machineImages()[0]?.id ?? '')).toEqual([])
  expect(told('auto-ssm')).toEqual([])
})
