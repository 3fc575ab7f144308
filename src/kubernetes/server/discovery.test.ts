import { expect, it } from 'vitest'

import { deploymentKind } from '../resources/deployment.ts'
import type { Kind } from '../resources/kind.ts'
import { podKind } from '../resources/pod.ts'
import { discoveryDocument } from './discovery.ts'

function custom(group: string, version: string): Kind {
  const kind: unknown = { ...deploymentKind, resource: { ...deploymentKind.resource, group, version } }
  // Only its place matters here.
  return kind as Kind
}

const kinds = [
  custom('b.example.com', 'v1'),
  custom('a.example.com', 'v1beta1'),
  custom('a.example.com', 'v1'),
  deploymentKind as unknown as Kind,
  podKind as unknown as Kind,
]

it('shows every version of a group, the preferred one first', () => {
  expect(discoveryDocument({ kinds: kinds }, { path: '/apis/a.example.com', accept: '' })).toMatchObject({
    kind: 'APIGroup',
    name: 'a.example.com',
    versions: [{ groupVersion: 'a.example.com/v1' }, { groupVersion: 'a.example.com/v1beta1' }],
    preferredVersion: { groupVersion: 'a.example.com/v1', version: 'v1' },
  })
  for (const version of ['v1', 'v1beta1']) {
    expect(
      discoveryDocument({ kinds: kinds }, { path: `/apis/a.example.com/${version}`, accept: '' }),
    ).toMatchObject({
      groupVersion: `a.example.com/${version}`,
      resources: [{ name: 'deployments' }, { name: 'deployments/scale' }, { name: 'deployments/status' }],
    })
  }
  expect(discoveryDocument({ kinds: kinds }, { path: '/apis/a.example.com/v2', accept: '' })).toBeUndefined()
})

it('lists the groups of Kubernetes in its order, then the others by name', () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const document = discoveryDocument({ kinds: kinds }, { path: '/apis', accept: accept }) as {
    items: { metadata: { name: string }; versions: { version: string }[] }[]
  }
  const names = document.items.map(({ metadata, versions }) => [
    metadata.name,
    ...versions.map((v) => v.version),
  ])
  expect(names).toEqual([
    ['apps', 'v1'],
    ['authentication.k8s.io', 'v1'],
    ['authorization.k8s.io', 'v1'],
    ['a.example.com', 'v1', 'v1beta1'],
    ['b.example.com', 'v1'],
  ])
})
