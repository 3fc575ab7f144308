import { expect, test } from 'vitest'

import { eksRegistry } from './registry-accounts.ts'

test.each([
  ['us-east-1', '602401143452.dkr.ecr.us-east-1.amazonaws.com'],
  ['ap-east-1', '800184023465.dkr.ecr.ap-east-1.amazonaws.com'],
  ['cn-north-1', '918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn'],
])('%s -> %s', (region, registry) => {
  expect(eksRegistry(region)).toBe(registry)
})
