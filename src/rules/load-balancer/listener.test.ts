import { describe, expect, it } from 'vitest'

import { listenerOf, type ListenerModel } from './listener.ts'
import { sampleService } from './testing/sample-service.ts'

const port = { port: 443, name: 'https', targetPort: 8443, protocol: 'TCP' } as const
const of = (annotations: Readonly<Record<string, string>>): ListenerModel =>
  listenerOf(sampleService({ annotations }), port)
const TCP: ListenerModel = { protocol: 'TCP', groupProtocol: 'TCP' }
const tls = (change: Partial<NonNullable<ListenerModel['tls']>> = {}): NonNullable<ListenerModel['tls']> => ({
  certificates: ['a'],
  policy: 'ELBSecurityPolicy-2016-08',
  ...change,
})

describe('the listener of a port', () => {
  it.each<[Readonly<Record<string, string>>, ListenerModel]>([
    [{}, TCP],
    [{ 'ssl-ports': '443', 'backend-protocol': 'ssl', 'alpn-policy': 'HTTP2Only' }, TCP],
    [{ 'ssl-cert': 'a', 'ssl-ports': '80' }, TCP],
    [{ 'ssl-cert': 'a' }, { protocol: 'TLS', groupProtocol: 'TCP', tls: tls() }],
    [
      { 'ssl-cert': 'a', 'ssl-ports': 'https' },
      { protocol: 'TLS', groupProtocol: 'TCP', tls: tls() },
    ],
    [
      { 'ssl-cert': 'a, b', 'ssl-ports': '443', 'backend-protocol': 'ssl' },
      { protocol: 'TLS', groupProtocol: 'TLS', tls: tls({ certificates: ['a', 'b'] }) },
    ],
    [
      {
        'ssl-cert': 'a',
        'ssl-negotiation-policy': 'P',
        'alpn-policy': 'HTTP2Preferred',
        'backend-protocol': 'tcp',
      },
      { protocol: 'TLS', groupProtocol: 'TCP', tls: tls({ policy: 'P', alpn: 'HTTP2Preferred' }) },
    ],
  ])('with %j', (annotations, expected) => {
    expect(of(annotations)).toEqual(expected)
  })

  it('is refused with an ALPN policy that there is not', () => {
    expect(() => of({ 'ssl-cert': 'a', 'alpn-policy': 'x' })).toThrow(
      'invalid ALPN policy x, policy must be one of [None, HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred]',
    )
  })
})
