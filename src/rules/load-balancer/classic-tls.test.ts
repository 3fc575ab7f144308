import { getCiphers } from 'node:tls'

import { describe, expect, it, test } from 'vitest'

import { CLASSIC_CIPHERS, classicTls, REFERENCES, shownAttributes, tlsFault } from './classic-tls.ts'

describe('a policy of its own', () => {
  it('enables what it names, in the order of whoever is to decide', () => {
    expect(
      classicTls({
        'Protocol-TLSv1.2': 'true',
        'Protocol-TLSv1.1': 'false',
        'ECDHE-RSA-AES128-GCM-SHA256': 'true',
        'AES128-SHA': 'true',
      }),
    ).toEqual({
      protocols: ['TLSv1.2'],
      ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', 'AES128-SHA'],
      isClientOrdered: true,
    })
    expect(classicTls({ 'Server-Defined-Cipher-Order': 'true' })).toMatchObject({ isClientOrdered: false })
  })

  test.each([
    [{ 'DES-CBC3-SHA': 'true' }, { notEmulated: 'DES-CBC3-SHA' }],
    [{ 'DES-CBC3-SHA': 'false' }, undefined],
    [{ 'Protocol-SSLv3': 'true' }, { notEmulated: 'Protocol-SSLv3' }],
    [
      { 'Reference-Security-Policy': 'ELBSecurityPolicy-2015-05' },
      { notEmulated: 'ELBSecurityPolicy-2015-05' },
    ],
    [{ 'Reference-Security-Policy': 'mine' }, { unknown: 'mine' }],
  ])('%j: %j', (attributes, fault) => {
    expect(tlsFault(attributes)).toEqual(fault)
  })
})

// User guide for Classic Load Balancers, "Predefined SSL security policies".
test.each([
  ['ELBSecurityPolicy-2016-08', ['TLSv1', 'TLSv1.1', 'TLSv1.2'], 18],
  ['ELBSecurityPolicy-TLS-1-1-2017-01', ['TLSv1.1', 'TLSv1.2'], 18],
  ['ELBSecurityPolicy-TLS-1-2-2017-01', ['TLSv1.2'], 12],
])('%s enables %j and %i ciphers, in its own order', (name, protocols, count) => {
  const tls = classicTls({ 'Reference-Security-Policy': name })
  expect(tls).toMatchObject({ protocols, isClientOrdered: false })
  expect(tls.ciphers).toHaveLength(count)
  expect(REFERENCES).toContain(name)
})

test('whatever is taken is something that Node.js speaks, and what is refused is not', () => {
  const spoken = new Set(getCiphers())
  const taken = CLASSIC_CIPHERS.filter((name) => tlsFault({ [name]: 'true' }) === undefined)
  expect(taken.filter((name) => !spoken.has(name.toLowerCase()))).toEqual([])
  expect(CLASSIC_CIPHERS.filter((name) => !taken.includes(name) && spoken.has(name.toLowerCase()))).toEqual(
    [],
  )
})

test('is shown with every protocol and cipher', () => {
  const shown = shownAttributes({ 'Reference-Security-Policy': 'ELBSecurityPolicy-TLS-1-2-2017-01' })
  expect(shown).toMatchObject({
    'Reference-Security-Policy': 'ELBSecurityPolicy-TLS-1-2-2017-01',
    'Protocol-TLSv1': 'false',
    'Protocol-TLSv1.2': 'true',
    'Server-Defined-Cipher-Order': 'true',
    'AES128-SHA': 'false',
    'AES128-SHA256': 'true',
    'RC4-SHA': 'false',
  })
})
