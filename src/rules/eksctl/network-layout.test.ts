import { describe, expect, it } from 'vitest'

import { DEFAULT_VPC_CIDR, subnetBlocks } from './network-layout.ts'

describe('subnetBlocks', () => {
  it('splits a /16 into /19s, public ones first', () => {
    expect(subnetBlocks(DEFAULT_VPC_CIDR, 3)).toEqual({
      public: ['192.168.0.0/19', '192.168.32.0/19', '192.168.64.0/19'],
      private: ['192.168.96.0/19', '192.168.128.0/19', '192.168.160.0/19'],
    })
  })

  it('fills the block with four zones', () => {
    expect(subnetBlocks(DEFAULT_VPC_CIDR, 4).private.at(-1)).toBe('192.168.224.0/19')
  })

  it('takes smaller parts for more zones', () => {
    expect(subnetBlocks(DEFAULT_VPC_CIDR, 5)).toMatchObject({
      public: expect.arrayContaining(['192.168.0.0/20', '192.168.64.0/20']),
      private: expect.arrayContaining(['192.168.80.0/20', '192.168.144.0/20']),
    })
  })

  it.each([
    ['10.10.0.0/20', '10.10.6.0/23'],
    ['10.0.0.0/24', '10.0.0.96/27'],
  ])('splits %s as well', (cidr, firstPrivate) => {
    expect(subnetBlocks(cidr, 3).private[0]).toBe(firstPrivate)
  })
})
