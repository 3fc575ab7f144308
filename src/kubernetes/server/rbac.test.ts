import { describe, expect, it } from 'vitest'

import type { PolicyRule } from '../../../generated/kubernetes.d.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../client/resources.ts'
import { createApiFixture } from './testing/api-fixture.ts'
import type { RequestAttributes } from './ports.ts'
import { allows } from './rbac.ts'

function attributes(over: Partial<RequestAttributes>): RequestAttributes {
  return {
    user: { username: 'u', groups: [] },
    verb: 'get',
    group: '',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: '',
    ...over,
  }
}

describe('allows', () => {
  const pods: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }

  it.each<[string, PolicyRule, Partial<RequestAttributes>, boolean]>([
    ['the same', pods, {}, true],
    ['another verb', pods, { verb: 'list' }, false],
    ['another group', pods, { group: 'apps' }, false],
    ['a subresource', pods, { subresource: 'log' }, false],
    ['a subresource by name', { ...pods, resources: ['pods/log'] }, { subresource: 'log' }, true],
    ['any resource with a subresource', { ...pods, resources: ['*/log'] }, { subresource: 'log' }, true],
    ['everything', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { subresource: 'log' }, true],
    ['a name', { ...pods, resourceNames: ['a'] }, { name: 'a' }, true],
    ['another name', { ...pods, resourceNames: ['a'] }, { name: 'b' }, false],
    ['no name', { ...pods, resourceNames: ['a'] }, {}, false],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { path: '/healthz' }, true],
    ['a prefix', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, { path: '/api/v1' }, true],
    [
      'a path by a resource rule',
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { path: '/x' },
      false,
    ],
  ])('%s', (_name, rule, over, expected) => {
    expect(allows(rule, attributes(over))).toBe(expected)
  })
})

describe('through the API', () => {
  it('binds users, groups and service accounts, in a namespace or everywhere', async () => {
    const { server, client } = await createApiFixture()
    await client.create(roles, {
      metadata: { name: 'reader', namespace: 'default' },
      rules: [{ verbs: ['list'], apiGroups: [''], resources: ['pods', 'roles'] }],
    })
    await client.create(roleBindings, {
      metadata: { name: 'readers', namespace: 'default' },
      roleRef: { kind: 'Role', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [
        { kind: 'Group', name: 'team' },
        { kind: 'ServiceAccount', name: 'robot', namespace: 'kube-system' },
      ],
    })
    const member = server.client({ username: 'ann', groups: ['team'] }, 'test')
    const robot = server.client({ username: 'system:serviceaccount:kube-system:robot', groups: [] }, 'test')
    const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }
    await member.list(pods, { namespace: 'default' })
    await robot.list(pods, { namespace: 'default' })
    await expect(member.list(pods, { namespace: 'kube-system' })).rejects.toThrow(
      'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "kube-system"',
    )
    await expect(member.list(pods)).rejects.toThrow('at the cluster scope')
  })

  it('adds up aggregated roles when asked', async () => {
    const { server, client } = await createApiFixture()
    await client.create(clusterRoleBindings, {
      metadata: { name: 'viewers' },
      roleRef: { kind: 'ClusterRole', name: 'view', apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ kind: 'User', name: 'ann' }],
    })
    const ann = server.client({ username: 'ann', groups: [] }, 'test')
    await expect(ann.list(clusterRoles)).rejects.toMatchObject({ reason: 'Forbidden' })
    await client.create(clusterRoles, {
      metadata: { name: 'more', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ verbs: ['list'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] }],
    })
    await ann.list(clusterRoles)
  })

  it('takes rights back, and gives them again, with the answer to the write', async () => {
    const { server, client } = await createApiFixture()
    const metadata = { name: 'viewers' }
    const bind = () =>
      client.create(clusterRoleBindings, {
        metadata,
        roleRef: { kind: 'ClusterRole', name: 'view', apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ kind: 'User', name: 'ann' }],
      })
    const ann = server.client({ username: 'ann', groups: [] }, 'test')
    const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }
    for (let round = 0; round < 3; round += 1) {
      await bind()
      await ann.list(pods)
      await client.delete(clusterRoleBindings, metadata)
      await expect(ann.list(pods)).rejects.toMatchObject({ reason: 'Forbidden' })
    }
  })
})
