// Who may hand on which rights. Source of the cases: kubernetes.io/docs/concepts/security/rbac-good-practices.
import { beforeEach, describe, expect, it } from 'vitest'

import type { ClusterRole, PolicyRule, RoleRef } from '../../../generated/kubernetes.d.ts'
import type { KubernetesClient } from '../client/client.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../client/resources.ts'
import { uncovered } from './escalation.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const namespace = 'default'
const everyRight: PolicyRule = { verbs: ['*'], apiGroups: [apiGroup], resources: ['*'] }
// All but the two verbs that are the point.
const writes: PolicyRule = {
  verbs: ['create', 'get', 'list', 'update', 'patch', 'delete'],
  apiGroups: [apiGroup],
  resources: ['*'],
}
const readPods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }
const admin: RoleRef = { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' }

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
})

/** A user with a cluster role of these rules. */
async function userWith(...rules: PolicyRule[]): Promise<KubernetesClient> {
  const { client, server } = fixture
  await client.create(clusterRoles, { metadata: { name: 'held' }, rules })
  await client.create(clusterRoleBindings, {
    metadata: { name: 'held' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'held' },
    subjects: [{ kind: 'User', name: 'bob' }],
  })
  return server.client({ username: 'bob', groups: ['system:authenticated'] }, 'test')
}

const grants = 'is attempting to grant RBAC permissions not currently held:'

describe('granting', () => {
  it('a role with more than one holds is refused, and said in full', async () => {
    const bob = await userWith(writes)
    const rules = [
      { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a'], verbs: ['*'] },
    ]
    await expect(bob.create(roles, { metadata: { name: 'x', namespace }, rules })).rejects.toMatchObject({
      reason: 'Forbidden',
      message: [
        `roles.rbac.authorization.k8s.io "x" is forbidden: user "bob" (groups=["system:authenticated"]) ${grants}`,
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
        '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["a"], Verbs:["*"]}',
      ].join('\n'),
      details: { name: 'x', group: apiGroup, kind: 'roles' },
    })
  })

  it('a binding to more than one holds is refused in both kinds', async () => {
    const bob = await userWith(writes)
    const subjects = [{ kind: 'User', name: 'bob' }]
    const lines = '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}'
    await expect(
      bob.create(clusterRoleBindings, { metadata: { name: 'x' }, roleRef: admin, subjects }),
    ).rejects.toThrow(
      `clusterrolebindings.rbac.authorization.k8s.io "x" is forbidden: user "bob" (groups=["system:authenticated"]) ${grants}\n${lines}`,
    )
    await expect(
      bob.create(roleBindings, { metadata: { name: 'x', namespace }, roleRef: admin, subjects }),
    ).rejects.toThrow(lines)
  })

  it('what one holds oneself is allowed, by create, update, patch and apply', async () => {
    const bob = await userWith(writes, readPods)
    const role = await bob.create(roles, { metadata: { name: 'ok', namespace }, rules: [readPods] })
    const less = await bob.update(roles, { ...role, rules: [{ ...readPods, verbs: ['get'] }] })
    const key = { namespace, name: 'ok' }
    const more = { rules: [{ ...readPods, verbs: ['delete'] }] }
    await expect(bob.update(roles, { ...less, ...more })).rejects.toThrow(grants)
    await expect(bob.patch(roles, key, more, { type: 'merge' })).rejects.toThrow(grants)
    const config = { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata: { name: 'new' }, ...more }
    await expect(bob.patch(roles, { namespace, name: 'new' }, config, { type: 'apply' })).rejects.toThrow(
      grants,
    )
    await bob.create(roleBindings, {
      metadata: { name: 'ok', namespace },
      roleRef: { apiGroup, kind: 'Role', name: 'ok' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot' }],
    })
  })

  it('anything is allowed to who may escalate and bind', async () => {
    const bob = await userWith(everyRight)
    await bob.create(clusterRoles, { metadata: { name: 'x' }, rules: [{ ...readPods, verbs: ['*'] }] })
    await bob.create(clusterRoleBindings, { metadata: { name: 'x' }, roleRef: admin, subjects: [] })
  })

  it('bind counts for the role that it names alone', async () => {
    const bind = {
      verbs: ['bind'],
      apiGroups: [apiGroup],
      resources: ['clusterroles'],
      resourceNames: ['view'],
    }
    const bob = await userWith(writes, bind)
    const metadata = { name: 'x', namespace }
    await expect(bob.create(roleBindings, { metadata, roleRef: admin })).rejects.toThrow(grants)
    await bob.create(roleBindings, { metadata, roleRef: { ...admin, name: 'view' } })
  })

  it('a role that is not there cannot be bound', async () => {
    const bob = await userWith(writes)
    const roleRef = { apiGroup, kind: 'Role', name: 'nope' }
    await expect(
      bob.create(roleBindings, { metadata: { name: 'x', namespace }, roleRef }),
    ).rejects.toMatchObject({
      reason: 'NotFound',
      message: 'rolebindings.rbac.authorization.k8s.io "nope" not found',
    })
  })

  it('by aggregation needs the rights of cluster-admin, before and after', async () => {
    const bob = await userWith(writes)
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }
    const refusal =
      'clusterroles.rbac.authorization.k8s.io "sum" is forbidden: must have cluster-admin privileges to use the aggregationRule'
    await expect(bob.create(clusterRoles, { metadata: { name: 'sum' }, aggregationRule })).rejects.toThrow(
      refusal,
    )
    const sum = await fixture.client.create(clusterRoles, { metadata: { name: 'sum' }, aggregationRule })
    const { aggregationRule: _rule, ...plain } = sum
    await expect(bob.update<ClusterRole>(clusterRoles, plain)).rejects.toThrow(refusal)
  })

  it('by a label that another role gathers is refused like any role', async () => {
    const bob = await userWith(writes)
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]
    await expect(bob.create(clusterRoles, { metadata: { name: 'x', labels }, rules })).rejects.toThrow(grants)
  })

  it('is not what changes owners and finalizers alone', async () => {
    const bob = await userWith(writes)
    const metadata = { name: 'x', namespace, finalizers: ['a.b/c'] }
    const role = await fixture.client.create(roles, { metadata, rules: [{ ...readPods, verbs: ['*'] }] })
    const freed = await bob.update(roles, { ...role, metadata: { ...role.metadata, finalizers: [] } })
    await expect(
      bob.update(roles, { ...freed, metadata: { ...freed.metadata, labels: { a: 'b' } } }),
    ).rejects.toThrow(grants)
  })
})

describe('uncovered', () => {
  const rule = (over: Partial<PolicyRule>): PolicyRule => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['pods'],
    ...over,
  })

  it.each<[string, PolicyRule, PolicyRule, number]>([
    ['the same', rule({}), rule({}), 0],
    ['all verbs', rule({ verbs: ['*'] }), rule({ verbs: ['get', 'list'] }), 0],
    ['one of two verbs', rule({}), rule({ verbs: ['get', 'list'] }), 1],
    ['all groups', rule({ apiGroups: ['*'] }), rule({ apiGroups: ['apps'] }), 0],
    ['another group', rule({}), rule({ apiGroups: ['apps'] }), 1],
    ['a subresource', rule({}), rule({ resources: ['pods/log'] }), 1],
    ['that subresource of everything', rule({ resources: ['*/log'] }), rule({ resources: ['pods/log'] }), 0],
    ['all resources', rule({ resources: ['*'] }), rule({ resources: ['pods/log'] }), 0],
    ['a name of all', rule({}), rule({ resourceNames: ['a'] }), 0],
    ['all of a name', rule({ resourceNames: ['a'] }), rule({}), 1],
    ['one of two names', rule({ resourceNames: ['a'] }), rule({ resourceNames: ['a', 'b'] }), 1],
    [
      'a path below',
      { verbs: ['get'], nonResourceURLs: ['/a/*'] },
      { verbs: ['get'], nonResourceURLs: ['/a/b'] },
      0,
    ],
    [
      'a path beside',
      { verbs: ['get'], nonResourceURLs: ['/a/*'] },
      { verbs: ['get'], nonResourceURLs: ['/b'] },
      1,
    ],
    [
      'a wider path',
      { verbs: ['get'], nonResourceURLs: ['/a/*'] },
      { verbs: ['get'], nonResourceURLs: ['*'] },
      1,
    ],
    ['a path by a resource rule', rule({ resources: ['*'] }), { verbs: ['get'], nonResourceURLs: ['/a'] }, 1],
  ])('%s', (_what, held, wanted, count) => {
    expect(uncovered([held], [wanted])).toHaveLength(count)
  })
})
