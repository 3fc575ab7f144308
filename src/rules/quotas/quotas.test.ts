import { expect, test } from 'vitest'

import { MAX_PROFILES } from '../fargate/validate-profile.ts'
import { findQuota, QUOTA_SERVICES, quotasOf } from './quotas.ts'

const all = Object.keys(QUOTA_SERVICES).flatMap(quotasOf)

test('no two quotas share a code', () => {
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
  expect(all.every(({ code }) => /^L-[0-9A-F]{8}$/.test(code))).toBe(true)
})

test('every service has quotas, and none has those of another', () => {
  for (const service of Object.keys(QUOTA_SERVICES)) {
    expect(quotasOf(service).length).toBeGreaterThan(0)
    expect(quotasOf(service).every((quota) => quota.service === service)).toBe(true)
  }
  expect(quotasOf('rds')).toEqual([])
})

test('what is enforced is what is told', () => {
  expect(quotasOf('eks').find(({ name }) => name === 'Fargate profiles per cluster')?.value).toBe(
    MAX_PROFILES,
  )
})

test('a quota is found by its code, and a code that is none is a fault of the program', () => {
  expect(findQuota('vpc', 'L-F678F1CE')).toMatchObject({ name: 'VPCs per Region', value: 5 })
  expect(() => findQuota('vpc', 'L-00000000')).toThrow('there is no quota vpc/L-00000000')
})
