import { describe, expect, it } from 'vitest'

import type { LoadBalancerStatus } from '../region/admin.ts'
import { addressHelp } from './address-help.ts'

const balancer = (...codes: readonly (string | undefined)[]): LoadBalancerStatus => ({
  name: 'web',
  hostname: 'web.elb',
  state: 'active',
  listeners: codes.map((code) => ({
    port: 80,
    url: 'http://web.elb',
    addresses: [],
    ...(code !== undefined && { fault: { code, address: '127.66.3.9:80' } }),
  })),
})

describe('addressHelp', () => {
  it('says nothing where all is well', () => {
    expect(addressHelp([balancer(undefined)])).toEqual([])
  })

  it.each([
    ['EACCES', 'sudo sysctl net.ipv4.ip_unprivileged_port_start=80'],
    ['EADDRNOTAVAIL', 'sudo ifconfig lo0 alias 127.66.3.9 up'],
    ['EADDRINUSE', 'Another program listens on 127.66.3.9:80'],
    ['EIO', '127.66.3.9:80 is not available: EIO'],
  ])('helps with %s once', (code, words) => {
    const lines = addressHelp([balancer(code, code), balancer(code)]).join('\n')
    expect(lines.split(words)).toHaveLength(2)
  })
})
