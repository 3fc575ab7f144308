import { describe, expect, it } from 'vitest'

import { hasEks, hasFargate } from './zones.ts'

describe('zones', () => {
  it.each([
    ['use1-az3', false],
    ['usw1-az2', false],
    ['cac1-az3', false],
    ['use1-az1', true],
    ['euw1-az3', true],
  ])('EKS in %s: %s', (id, expected) => {
    expect(hasEks(id)).toBe(expected)
  })

  it.each([
    ['us-west-1', 'usw1-az1', true],
    ['us-west-1', 'usw1-az2', false],
    ['ap-northeast-1', 'apne1-az3', false],
    ['eu-west-1', 'euw1-az3', true],
  ])('Fargate of %s in %s: %s', (region, id, expected) => {
    expect(hasFargate(region, id)).toBe(expected)
  })
})
