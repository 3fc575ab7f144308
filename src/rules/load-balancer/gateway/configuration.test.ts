import { expect, it } from 'vitest'

import { mergedLoadBalancer, propsForRoute } from './configuration.ts'

const ofClass = {
  scheme: 'internal',
  tags: { both: 'class', class: '1' },
  listenerConfigurations: [{ protocolPort: 'HTTPS:443', sslPolicy: 'class' }],
  minimumLoadBalancerCapacity: {},
}
const ofGateway = {
  scheme: 'internet-facing',
  tags: { both: 'gateway' },
  listenerConfigurations: [{ protocolPort: 'HTTPS:443', sslPolicy: 'gateway' }, { protocolPort: 'HTTP:80' }],
}

it('a class wins over its Gateway', () => {
  expect(mergedLoadBalancer(ofClass, ofGateway)).toEqual({
    scheme: 'internal',
    tags: { both: 'class', class: '1' },
    loadBalancerAttributes: [],
    listenerConfigurations: [{ protocolPort: 'HTTP:80' }, { protocolPort: 'HTTPS:443', sslPolicy: 'class' }],
  })
})

it('and its Gateway over it where it says so', () => {
  const merged = mergedLoadBalancer({ ...ofClass, mergingMode: 'prefer-gateway' }, ofGateway)
  expect(merged).toMatchObject({ scheme: 'internet-facing', tags: { both: 'gateway', class: '1' } })
})

it.each([
  [{ kind: 'HTTPRoute', namespace: 'shop', name: 'web' }, 'name'],
  [{ kind: 'HTTPRoute', namespace: 'shop', name: 'other' }, 'namespace'],
  [{ kind: 'HTTPRoute', namespace: 'far', name: 'web' }, 'kind'],
  [{ kind: 'GRPCRoute', namespace: 'shop', name: 'web' }, 'default'],
])('the narrowest of the configurations is that of %j', (route, targetGroupName) => {
  const of = (routeIdentifier: object, name: string) => ({
    routeIdentifier,
    targetGroupProps: { targetGroupName: name },
  })
  const spec = {
    defaultConfiguration: { targetGroupName: 'default', targetType: 'ip' as const },
    routeConfigurations: [
      of({ kind: 'HTTPRoute' }, 'kind'),
      of({ kind: 'HTTPRoute', namespace: 'shop' }, 'namespace'),
      of({ kind: 'HTTPRoute', namespace: 'shop', name: 'web' }, 'name'),
    ],
  }
  expect(propsForRoute(spec, route)).toMatchObject({ targetGroupName, targetType: 'ip' })
})
