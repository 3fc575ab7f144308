import { describe, expect, it } from 'vitest'

import type { Listener, ParentReference, Route } from './api.ts'
import { attach, commonHostnames } from './attachment.ts'
import { listenerVerdicts } from './listeners.ts'

const HTTP: Listener = { name: 'http', port: 80, protocol: 'HTTP' }

function route(
  parentRef: Partial<ParentReference> = {},
  namespace = 'shop',
  hostnames: string[] = [],
): Route {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace, name: 'web', uid: 'u' } as never,
    spec: { parentRefs: [{ name: 'edge', namespace: 'shop', ...parentRef }], hostnames },
  }
}

function attached(listeners: readonly Listener[], routes: readonly Route[]) {
  const owner = { kind: 'Gateway', namespace: 'shop', name: 'edge', listeners } as const
  return attach(listenerVerdicts([owner], 'alb'), routes, (name) => ({ team: name }))
}

describe('a listener', () => {
  it.each<[Partial<Listener>, string]>([
    [{ protocol: 'TCP' }, 'UnsupportedProtocol'],
    [{ allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } }, 'InvalidRouteKinds'],
    [{ port: 0 }, 'PortUnavailable'],
    [{}, 'Accepted'],
  ])('%j is %s', (changes, reason) => {
    const listeners = [{ ...HTTP, ...changes }]
    const owner = { kind: 'Gateway', namespace: 'shop', name: 'edge', listeners } as const
    expect(listenerVerdicts([owner], 'alb').get(owner)?.get('http')?.reason).toBe(reason)
  })

  it('loses against an earlier one of the same port', () => {
    const listeners = [
      { ...HTTP, hostname: 'a.example.com' },
      { ...HTTP, name: 'again', hostname: 'a.example.com' },
      { ...HTTP, name: 'tls', protocol: 'HTTPS' },
    ]
    const owner = { kind: 'Gateway', namespace: 'shop', name: 'edge', listeners } as const
    const verdicts = listenerVerdicts([owner], 'alb').get(owner)
    expect([...(verdicts?.values() ?? [])].map(({ reason }) => reason)).toEqual([
      'Accepted',
      'HostnameConflict',
      'ProtocolConflict',
    ])
  })
})

describe('a route', () => {
  it('is attached to every listener that takes it', () => {
    const second = { ...HTTP, name: 'second', port: 81 }
    const { routesByPort, counts } = attached([HTTP, second], [route()])
    expect([...routesByPort.keys()]).toEqual([80, 81])
    expect([...counts.values()]).toEqual([1, 1])
  })

  it.each<[Listener, Route, string]>([
    [HTTP, route({}, 'other'), 'NotAllowedByListeners'],
    [HTTP, route({ sectionName: 'none' }), 'NoMatchingParent'],
    [HTTP, route({ port: 81 }), 'NoMatchingParent'],
    [
      { ...HTTP, hostname: 'a.example.com' },
      route({}, 'shop', ['b.example.com']),
      'NoMatchingListenerHostname',
    ],
    [{ ...HTTP, allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }, route(), 'NotAllowedByListeners'],
  ])('is rejected by %j', (listener, each, reason) => {
    const { rejected, routesByPort } = attached([listener], [each])
    expect(rejected.map((verdict) => verdict.reason)).toEqual([reason])
    expect(routesByPort.size).toBe(0)
  })

  it.each([
    [{ from: 'All' }, true],
    [{ from: 'Selector', selector: { matchLabels: { team: 'other' } } }, true],
    [{ from: 'Selector', selector: { matchLabels: { team: 'nobody' } } }, false],
    [{ from: 'None' }, false],
  ])('of another namespace is let in by %j: %s', (namespaces, isTaken) => {
    const { rejected } = attached([{ ...HTTP, allowedRoutes: { namespaces } }], [route({}, 'other')])
    expect(rejected.length === 0).toBe(isTaken)
  })
})

it.each<[string | undefined, string[], readonly string[] | undefined]>([
  [undefined, ['a.example.com'], []],
  ['*.example.com', [], ['*.example.com']],
  ['*.example.com', ['a.example.com', 'b.other.com'], ['a.example.com']],
  ['a.example.com', ['*.example.com'], ['a.example.com']],
  ['a.example.com', ['b.example.com'], undefined],
  ['*.example.com', ['10.0.0.1'], undefined],
])('behind the hostname %s the hostnames %j are %j', (ofListener, ofRoute, common) => {
  expect(commonHostnames(ofListener, ofRoute)).toEqual(common)
})
