import { describe, expect, it } from 'vitest'

import { setUp } from './commands/dns.ts'

describe('what `neargate dns` prints', () => {
  const lines = setUp({ server: '127.0.0.1:4569', regions: ['eu-west-1', 'us-east-1'], example: undefined })

  it.each([
    [
      'resolved',
      `printf '[Resolve]\\nDNS=127.0.0.1:4569\\nDomains=~elb.eu-west-1.test ~elb.us-east-1.test\\n'`,
    ],
    ['dnsmasq', 'server=/elb.us-east-1.localhost/127.0.0.1#4569\\n'],
    ['macOS', `printf 'nameserver 127.0.0.1\\nport 4569\\n' | sudo tee /etc/resolver/elb.eu-west-1.test`],
    ['dig', 'dig @127.0.0.1 -p 4569 NAME.elb.eu-west-1.localhost'],
  ])('sets up %s', (_, words) => {
    expect(lines.some((line) => line.includes(words))).toBe(true)
  })
})
