import { expect, it } from 'vitest'

import { parseRoute, type ResourceRoute } from './route.ts'

// Cases of apiserver pkg/endpoints/request/requestinfo_test.go.
it.each<[string, string, Partial<ResourceRoute>]>([
  ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: '', name: '' }],
  [
    'GET',
    '/api/v1/namespaces/other',
    { verb: 'get', resource: 'namespaces', namespace: 'other', name: 'other' },
  ],
  ['GET', '/api/v1/namespaces/other/pods', { verb: 'list', resource: 'pods', namespace: 'other' }],
  [
    'GET',
    '/api/v1/namespaces/other/pods/foo',
    { verb: 'get', resource: 'pods', namespace: 'other', name: 'foo' },
  ],
  ['GET', '/api/v1/namespaces/other/pods/foo/log', { verb: 'get', subresource: 'log', name: 'foo' }],
  ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '' }],
  ['GET', '/api/v1/nodes/n', { verb: 'get', resource: 'nodes', name: 'n' }],
  ['GET', '/api/v1/watch/namespaces/other/pods', { verb: 'watch', resource: 'pods', namespace: 'other' }],
  ['GET', '/api/v1/pods?watch=true', { verb: 'watch' }],
  ['GET', '/api/v1/pods?watch=false', { verb: 'list' }],
  ['GET', '/api/v1/namespaces/x/pods?fieldSelector=metadata.name%3Dp', { verb: 'list', name: 'p' }],
  [
    'PUT',
    '/api/v1/namespaces/x/finalize',
    { verb: 'update', resource: 'namespaces', name: 'x', subresource: 'finalize' },
  ],
  [
    'POST',
    '/apis/apps/v1/namespaces/x/deployments',
    { verb: 'create', group: 'apps', resource: 'deployments' },
  ],
  ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d/scale', { verb: 'patch', subresource: 'scale' }],
  ['DELETE', '/apis/apps/v1/namespaces/x/deployments', { verb: 'deletecollection' }],
  ['DELETE', '/apis/apps/v1/namespaces/x/deployments/d', { verb: 'delete' }],
  ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', { name: 'system:node' }],
])('%s %s', (method, url, expected) => {
  const { pathname, searchParams } = new URL(url, 'http://x')
  expect(parseRoute(method, pathname, searchParams)).toMatchObject({ type: 'resource', ...expected })
})

it.each(['/', '/healthz', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/openapi/v3'])(
  '%s is no resource',
  (path) => {
    expect(parseRoute('GET', path, new URLSearchParams())).toEqual({ type: 'path', verb: 'get', path })
  },
)
