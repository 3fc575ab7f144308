import { describe, expect, it } from 'vitest'

import { backendPolicy, sslPolicies, sslPolicy } from './ssl-policies.ts'

describe('security policies', () => {
  // How many ciphers each has, and its protocols (user guides, "Security policies").
  it.each([
    ['TLS13-1-3-2021-06', 'TLSv1.3', 3],
    ['TLS13-1-2-Res-2021-06', 'TLSv1.2 TLSv1.3', 7],
    ['TLS13-1-2-2021-06', 'TLSv1.2 TLSv1.3', 11],
    ['TLS13-1-2-Ext1-2021-06', 'TLSv1.2 TLSv1.3', 15],
    ['TLS13-1-2-Ext2-2021-06', 'TLSv1.2 TLSv1.3', 21],
    ['TLS13-1-1-2021-06', 'TLSv1.1 TLSv1.2 TLSv1.3', 21],
    ['TLS13-1-0-2021-06', 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3', 21],
    ['TLS-1-2-Ext-2018-06', 'TLSv1.2', 18],
    ['TLS-1-2-2017-01', 'TLSv1.2', 12],
    ['TLS-1-1-2017-01', 'TLSv1.1 TLSv1.2', 18],
    ['2016-08', 'TLSv1 TLSv1.1 TLSv1.2', 18],
    ['FS-1-2-Res-2020-10', 'TLSv1.2', 4],
  ])('%s has %s and %i ciphers', (name, protocols, count) => {
    const policy = sslPolicy(`ELBSecurityPolicy-${name}`)
    expect([policy?.protocols.join(' '), policy?.ciphers.length]).toEqual([protocols, count])
  })

  it('2016-08 prefers its ciphers in the published order', () => {
    expect(sslPolicy('ELBSecurityPolicy-2016-08')?.ciphers).toEqual([
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES128-SHA256',
      'ECDHE-RSA-AES128-SHA256',
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-RSA-AES128-SHA',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-AES256-SHA384',
      'ECDHE-RSA-AES256-SHA384',
      'ECDHE-RSA-AES256-SHA',
      'ECDHE-ECDSA-AES256-SHA',
      'AES128-GCM-SHA256',
      'AES128-SHA256',
      'AES128-SHA',
      'AES256-GCM-SHA384',
      'AES256-SHA256',
      'AES256-SHA',
    ])
  })

  it('towards targets follow that of the listener', () => {
    const towards = (name: string) => backendPolicy(sslPolicy(name)!)?.name
    expect(towards('ELBSecurityPolicy-TLS13-1-3-2021-06')).toBe('ELBSecurityPolicy-TLS13-1-0-2021-06')
    expect(towards('ELBSecurityPolicy-2016-08')).toBe('ELBSecurityPolicy-2016-08')
    expect(new Set(sslPolicies().map(({ name }) => name)).size).toBe(sslPolicies().length)
  })
})
