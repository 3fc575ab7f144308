import { describe, expect, it } from 'vitest'

import { priceBook } from './price.ts'
import { parsePriceFile, withPriceFiles } from './price-file.ts'

const SIZE = { vcpu: 1, memoryGB: 2 }

describe('a price file', () => {
  it('lays figures over those of the program, region by region and type by type', () => {
    const file = {
      sources: { ours: { text: 'our contract', date: '2026-10-01' } },
      nlbHour: { 'eu-west-3': [0.02, 'ours'] as const },
      ec2Hour: { 'us-east-1': { 't3.xlarge': [0.1, 'ours'] as const } },
    }
    const book = priceBook(withPriceFiles([file]))
    expect(book.nlbHour('eu-west-3')).toEqual({ usd: 0.02, source: 'our contract', date: '2026-10-01' })
    expect(book.instanceHour('us-east-1', 't3.xlarge')?.usd).toBe(0.1)
    expect(book.instanceHour('us-east-1', 't3.large')?.usd).toBe(0.0832)
  })

  it('multiplies what is paid less for, after the figures of files below it', () => {
    const list = priceBook(withPriceFiles([]))
    const book = priceBook(
      withPriceFiles([parsePriceFile('{"multiply":{"ec2":0.5,"fargate":0.8}}', 'p.json')]),
    )
    expect(book.instanceHour('us-east-1', 't3.large')?.usd).toBeCloseTo(0.0416, 9)
    // A figure that stands above its region's file is multiplied too, and only once.
    expect(book.instanceHour('ap-southeast-1', 't3.large')?.usd).toBeCloseTo(0.0528, 9)
    expect(book.fargateHour('us-east-1', SIZE)).toBeCloseTo(
      (list.fargateHour('us-east-1', SIZE) ?? 0) * 0.8,
      9,
    )
    expect(book.nlbHour('us-east-1')).toEqual(list.nlbHour('us-east-1'))
  })

  it.each([
    ['{', 'p.json is no JSON'],
    ['[]', 'p.json holds no object'],
    ['{"ec2":{}}', 'p.json has a member ec2'],
    ['{"nlbHour":7}', 'p.json: nlbHour is no object'],
    ['{"multiply":{"nat":2}}', 'p.json: multiply.nat is no factor'],
    ['{"multiply":{"ec2":"half"}}', 'p.json: multiply.ec2 is no factor'],
  ])('%s is refused', (text, message) => {
    expect(() => parsePriceFile(text, 'p.json')).toThrow(message)
  })
})
