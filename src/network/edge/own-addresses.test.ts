import { describe, expect, it } from 'vitest'

import { rememberingAddresses } from '../testing/address-memory.ts'
import { loopbackAddress, OwnAddresses } from './own-addresses.ts'

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/web/0123456789abcdef'

describe('loopbackAddress', () => {
  it('stays in 127.64.0.0/10 and away from .0 and .255', () => {
    for (let index = 0; index < 2000; index++) {
      const [first, block, , last] = loopbackAddress(`${ARN}/${index}`, 0).split('.').map(Number)
      expect(first).toBe(127)
      expect(block).toBeGreaterThanOrEqual(64)
      expect(block).toBeLessThan(128)
      expect(last).toBeGreaterThan(0)
      expect(last).toBeLessThan(255)
    }
  })

  it('spreads: a thousand load balancers hardly meet', () => {
    const all = new Set(Array.from({ length: 1000 }, (_, index) => loopbackAddress(`${ARN}${index}/a`, 0)))
    expect(all.size).toBeGreaterThan(990)
  })
})

describe('own addresses', () => {
  it('are never shared: what is taken leads to the next', async () => {
    const memory = rememberingAddresses(new Map([['other/a', loopbackAddress(`${ARN}/a`, 0)]]))
    const assigned = await new OwnAddresses(memory).assign(ARN, ['a'])
    expect(assigned.get('a')).toBe(loopbackAddress(`${ARN}/a`, 1))
  })

  it('are kept for zones that stay and given back for those that went', async () => {
    const known = new Map<string, string>()
    const addresses = new OwnAddresses(rememberingAddresses(known))
    const before = await addresses.assign(ARN, ['a', 'b'])
    const after = await addresses.assign(ARN, ['b', 'c'])
    expect(after.get('b')).toBe(before.get('b'))
    expect([...known.keys()]).toEqual([`${ARN}/b`, `${ARN}/c`])
    await addresses.release(ARN)
    expect(known.size).toBe(0)
  })
})
