import { describe, expect, it } from 'vitest'

import { isInUserNamespace, whyNoVpcNetwork } from './privilege.ts'

const ROOT = 0x1ffffffffffn
const machine = { platform: 'linux', capabilities: ROOT, has: () => true }

describe('a network of their own', () => {
  it.each([
    ['is there for root', machine, undefined],
    [
      'takes Linux',
      { ...machine, platform: 'darwin', capabilities: 0n },
      'network namespaces are Linux only',
    ],
    [
      'takes both capabilities',
      { ...machine, capabilities: 1n << 12n },
      'network namespaces take root, or CAP_NET_ADMIN and CAP_SYS_ADMIN',
    ],
    ['needs no others', { ...machine, capabilities: (1n << 12n) | (1n << 21n) }, undefined],
    [
      'takes programs',
      { ...machine, has: (program: string) => program !== 'nft' },
      'nft (package nftables) is not installed',
    ],
    [
      'names all that are missing',
      { ...machine, has: (program: string) => program === 'ip' },
      'nsenter (package util-linux), nft (package nftables) are not installed',
    ],
  ])('%s', (_, given, reason) => {
    expect(whyNoVpcNetwork(given)).toBe(reason)
  })
})

describe('a user namespace', () => {
  it.each([
    ['         0          0 4294967295\n', false],
    ['', false],
    ['         0       1000          1\n         1     100000      65536\n', true],
  ])('is what the map %j says: %s', (map, isInside) => {
    expect(isInUserNamespace(map)).toBe(isInside)
  })
})
