import { describe, expect, it } from 'vitest'

import { standardRegions } from '../regions/region-names.ts'
import { instancePricesOf, regionsWithInstancePrices } from './instance-prices.ts'
import { bundledFigures, listPrices } from './price.ts'

// Opened since the data set was made.
const WITHOUT = ['ap-east-2', 'ap-southeast-6', 'me-west-1', 'sa-west-1']

describe('instance prices', () => {
  it('are there for every region but the newest', () => {
    const known = regionsWithInstancePrices()
    expect(standardRegions.filter((region) => !known.includes(region))).toEqual(WITHOUT)
    // The disk is looked at once.
    expect(regionsWithInstancePrices()).toBe(known)
  })

  it.each(regionsWithInstancePrices())('of %s have sources, and no term above on demand', (region) => {
    const { types, onDemandSource, termsSource } = instancePricesOf(region) ?? { types: new Map() }
    expect(bundledFigures.sources).toHaveProperty([`${onDemandSource}`])
    expect(bundledFigures.sources).toHaveProperty([`${termsSource}`])
    expect(types.size).toBeGreaterThan(150)
    expect(types.get('m5.large') ?? types.get('m6i.large')).toBeDefined()
    for (const [name, { onDemand, reserved1Year, reserved3Years, spot }] of types) {
      const terms = [reserved1Year, reserved3Years, spot].filter((usd) => usd !== undefined)
      expect([name, onDemand > 0, terms.every((usd) => usd > 0 && usd <= onDemand * 1.0001)]).toEqual([
        name,
        true,
        true,
      ])
    }
  })

  it('know what else a machine is bought by', () => {
    expect(listPrices.instanceTerms('us-west-2', 'm5.large')).toMatchObject({
      reserved1Year: { usd: 0.06, date: '2025-04-24' },
      reserved3Years: { usd: 0.041 },
      spot: { usd: 0.03744 },
    })
    expect(listPrices.instanceTerms('us-west-2', 'm5.tiny')).toBeUndefined()
    expect(listPrices.instanceTerms('ap-east-2', 'm5.large')).toBeUndefined()
  })
})
