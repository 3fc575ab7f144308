import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as price from './price.ts'

describe('the rates', () => {
  it.each([
    ['us-east-1', 0.04048, 0.004445],
    ['us-west-2', 0.04048, 0.004445],
    ['eu-west-1', 0.04048, 0.004445],
    ['eu-central-1', 0.04656, 0.00511],
    ['ap-southeast-1', 0.05056, 0.00553],
    ['sa-east-1', 0.0696, 0.0076],
    ['ap-east-1', 0.0556, 0.0061],
    ['ap-south-1', 0.04256, 0.004655],
    ['af-south-1', 0.0546, 0.006],
  ])('Fargate in %s', (region, vcpuHour, gbHour) => {
    expect(price.listPrices.fargateRate(region)).toMatchObject({ vcpuHour, gbHour })
  })

  it.each([
    ['us-east-1', 't3.xlarge', 0.1664],
    ['us-east-1', 'm5.large', 0.096],
    ['us-east-1', 'm7g.large', 0.0816],
    ['us-east-1', 't3a.large', 0.0752],
    ['us-east-1', 'r5.large', 0.126],
    ['ap-southeast-1', 't3.xlarge', 0.2112],
    ['ap-southeast-1', 'm5.large', 0.12],
    ['eu-west-1', 't3.xlarge', 0.1824],
    ['sa-east-1', 'm5.large', 0.153],
    ['us-west-2', 'm5.large', 0.096],
    ['eu-west-3', 'm7i.large', 0.1176],
    ['ap-east-1', 'm5.large', 0.132],
    ['mx-central-1', 't3.medium', 0.0437],
  ])('EC2 in %s: %s', (region, type, usd) => {
    expect(price.listPrices.instanceHour(region, type)?.usd).toBe(usd)
  })

  it('knows the control plane', () => {
    expect(price.listPrices.clusterHour('standard')?.usd).toBe(0.1)
    expect(price.listPrices.clusterHour('extended')?.usd).toBe(0.6)
  })

  it.each([
    ['us-east-1', 0.0225],
    ['ca-central-1', 0.02475],
    ['ap-northeast-2', 0.0225],
    ['mars-north-1', undefined],
  ])('an Application Load Balancer in %s', (region, usd) => {
    expect(price.listPrices.albHour(region)?.usd).toBe(usd)
  })

  it('has no figure where none was published', () => {
    expect(price.listPrices.fargateRate('mars-north-1')).toBeUndefined()
    expect(price.listPrices.instanceHour('ap-southeast-1', 'mac1.metal')).toBeUndefined()
    expect(price.listPrices.instanceHour('mars-north-1', 'm5.large')).toBeUndefined()
    expect(price.listPrices.instanceHour('../prices', 'm5.large')).toBeUndefined()
    expect(price.listPrices.fargateHour('cn-north-1', { vcpu: 1, memoryGB: 2 })).toBeUndefined()
    expect(price.listPrices.fargateHour('eu-west-1', { vcpu: 1, memoryGB: 2 }, 115)).toBeUndefined()
  })

  it('names a source for every figure, and a date where the source has one', () => {
    const file = readFileSync(new URL('../../../data/prices.json', import.meta.url), 'utf8')
    const data = JSON.parse(file) as Record<string, Record<string, unknown>>
    const named = [...file.matchAll(/\[[\d.]+, "([^"]+)"\]|"source": "([^"]+)"/g)].map(
      (match) => match[1] ?? match[2],
    )
    expect(named.length).toBeGreaterThan(60)
    for (const key of named) expect(data['sources']).toHaveProperty([String(key)])
    for (const source of Object.values(data['sources'] ?? {})) {
      expect(source).toMatchObject({ text: expect.stringMatching(/.{20}/) })
      expect((source as { date?: string }).date ?? '2026-01').toMatch(/^20\d\d-\d\d(-\d\d)?$/)
    }
  })
})

describe('the bill', () => {
  it('prices the smallest pod in us-east-1 as published: 9.01 USD a month', () => {
    const hourly = price.listPrices.fargateHour('us-east-1', { vcpu: 0.25, memoryGB: 0.5 }) ?? 0
    expect(hourly).toBeCloseTo(0.0123425, 10)
    expect((hourly * price.HOURS_PER_MONTH).toFixed(2)).toBe('9.01')
  })

  it('adds ephemeral storage above 20 GB', () => {
    const size = { vcpu: 1, memoryGB: 2 }
    const base = price.listPrices.fargateHour('us-east-1', size) ?? 0
    expect((price.listPrices.fargateHour('us-east-1', size, 115) ?? 0) - base).toBeCloseTo(95 * 0.000111, 10)
  })

  it.each([
    [0, 60],
    [59_000, 60],
    [60_001, 61],
    [3_600_000, 3600],
  ])('%s ms are billed as %s s', (ms, seconds) => {
    expect(price.billedSeconds(1000, 1000 + ms)).toBe(seconds)
  })

  it('prices seconds', () => {
    expect(price.costOfSeconds(0.36, 100)).toBeCloseTo(0.01, 12)
  })
})
