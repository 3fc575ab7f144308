// The ways into SPDY: what is asked for, what is agreed on, what is answered.
import { duplexPair } from 'node:stream'

import { describe, expect, it } from 'vitest'

import type { ApiRequest } from '../http.ts'
import { isSpdyRequest, negotiate, switchToSpdy } from './handshake.ts'

function request(headers: Record<string, string>): ApiRequest {
  return { method: 'POST', url: '/', headers, signal: new AbortController().signal }
}

describe('an upgrade', () => {
  it.each([
    ['SPDY/3.1', true],
    ['spdy/3.1', true],
    ['websocket', false],
    ['SPDY/2', false],
  ])('to %s is one to SPDY: %s', (upgrade, expected) => {
    expect(isSpdyRequest(request({ upgrade }))).toBe(expected)
  })

  it('is answered with the protocol, and bytes that came with the request are not lost', async () => {
    const [near, far] = duplexPair()
    const transport = switchToSpdy(near, Buffer.from('early '), 'portforward.k8s.io')
    far.end('late')
    let seen = ''
    for await (const chunk of transport.iterator({ destroyOnReturn: false })) seen += String(chunk)
    expect(seen).toBe('early late')
    expect(String(far.read())).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
        'X-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n',
    )
  })
})

describe('negotiation', () => {
  const served = ['v4.channel.k8s.io', 'v3.channel.k8s.io']

  it.each([
    ['v4.channel.k8s.io', 'v4.channel.k8s.io'],
    ['v5.channel.k8s.io, v3.channel.k8s.io,v4.channel.k8s.io', 'v3.channel.k8s.io'],
  ])('of %s takes the first that is served', (offered, chosen) => {
    expect(negotiate(request({ 'x-stream-protocol-version': offered }), served)).toBe(chosen)
  })

  it('fails without a common protocol', () => {
    expect(() => negotiate(request({ 'x-stream-protocol-version': 'a,b' }), served)).toThrow(
      expect.objectContaining({
        code: 403,
        message:
          'unable to upgrade: unable to negotiate protocol: client supports [a b], server accepts [v4.channel.k8s.io v3.channel.k8s.io]',
      }),
    )
  })

  it('fails when nothing is offered', () => {
    expect(() => negotiate(request({}), served)).toThrow(
      expect.objectContaining({
        code: 400,
        message: 'unable to upgrade: X-Stream-Protocol-Version is required',
      }),
    )
  })
})
