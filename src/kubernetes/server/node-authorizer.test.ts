// What a node may read and write, through the API.
import { beforeAll, describe, expect, it } from 'vitest'

import type { Node, Pod } from '../../../generated/kubernetes.d.ts'
import type { KubernetesClient } from '../client/client.ts'
import {
  clusterRoleBindings,
  configMaps,
  leases,
  nodes,
  pods,
  secrets,
  serviceAccounts,
} from '../client/resources.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'

const namespace = 'default'
let fixture: ApiFixture
let n1: KubernetesClient

const asNode = (name: string): KubernetesClient =>
  fixture.server.client({ username: `system:node:${name}`, groups: ['system:nodes'] }, 'kubelet')

beforeAll(async () => {
  fixture = await createApiFixture()
  const { client } = fixture
  for (const name of ['default', 'other']) {
    await client.create(serviceAccounts, { metadata: { name, namespace } })
  }
  for (const name of ['n1', 'n2']) await client.create(nodes, { metadata: { name }, spec: {} })
  for (const name of ['env', 'env-from', 'pull', 'volume', 'projected', 'csi', 'stranger']) {
    await client.create(secrets, { metadata: { name, namespace } })
    await client.create(configMaps, { metadata: { name, namespace } })
  }
  const spec: Pod['spec'] = {
    nodeName: 'n1',
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [
      {
        name: 'i',
        image: 'i',
        envFrom: [{ secretRef: { name: 'env-from' } }, { configMapRef: { name: 'env-from' } }],
      },
    ],
    containers: [
      {
        name: 'c',
        image: 'i',
        env: [
          { name: 'A', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'env', key: 'k' } } },
        ],
      },
    ],
    volumes: [
      { name: 'a', secret: { secretName: 'volume' } },
      { name: 'b', configMap: { name: 'volume' } },
      {
        name: 'c',
        projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'projected' } }] },
      },
      { name: 'd', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
    ],
  }
  await client.create(pods, { metadata: { name: 'mine', namespace }, spec })
  const other = { ...spec, nodeName: 'n2', imagePullSecrets: [{ name: 'stranger' }] }
  await client.create(pods, { metadata: { name: 'theirs', namespace }, spec: other })
  n1 = asNode('n1')
})

const cannot = (what: string, why: string): string => `User "system:node:n1" cannot ${what}: ${why}`

describe('a node reads', () => {
  it.each(['env', 'env-from', 'pull', 'volume', 'projected', 'csi'])(
    'the secret %s of its pod',
    async (name) => {
      expect((await n1.get(secrets, { namespace, name })).metadata.name).toBe(name)
      const { items } = await n1.list(secrets, { namespace, fieldSelector: `metadata.name=${name}` })
      expect(items.map(({ metadata }) => metadata.name)).toEqual([name])
    },
  )

  it('no other secret, and no list of them', async () => {
    await expect(n1.get(secrets, { namespace, name: 'stranger' })).rejects.toThrow(
      `secrets "stranger" is forbidden: ${cannot('get resource "secrets" in API group "" in the namespace "default"', "no relationship found between node 'n1' and this object")}`,
    )
    await expect(n1.list(secrets, { namespace })).rejects.toThrow(
      `secrets is forbidden: ${cannot('list resource "secrets" in API group "" in the namespace "default"', 'No Object name found')}`,
    )
    await expect(n1.list(secrets)).rejects.toThrow('can only read namespaced object of this type')
    await expect(n1.delete(secrets, { namespace, name: 'env' })).rejects.toThrow(
      'can only read resources of this type',
    )
  })

  it('its own object and no other', async () => {
    expect((await n1.get(nodes, { name: 'n1' })).metadata.name).toBe('n1')
    await expect(n1.get(nodes, { name: 'n2' })).rejects.toThrow(
      `nodes "n2" is forbidden: ${cannot('get resource "nodes" in API group "" at the cluster scope', "node 'n1' cannot read 'n2', only its own Node object")}`,
    )
    await expect(n1.list(nodes)).rejects.toThrow("node 'n1' cannot read all nodes, only its own Node object")
  })

  it('its own pods', async () => {
    const { items } = await n1.list(pods, { fieldSelector: 'spec.nodeName=n1' })
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['mine'])
    await n1.get(pods, { namespace, name: 'mine' })
    await expect(n1.get(pods, { namespace, name: 'theirs' })).rejects.toThrow('no relationship found')
    await expect(n1.list(pods)).rejects.toThrow('can only list/watch pods with spec.nodeName field selector')
    await expect(n1.list(pods, { fieldSelector: 'spec.nodeName=n2' })).rejects.toThrow(
      'can only list/watch pods',
    )
    await expect(n1.list(pods, { fieldSelector: 'spec.nodeName!=n1' })).rejects.toThrow(
      'can only list/watch pods',
    )
  })

  it('nothing when its name says nothing, and nothing more in a group of the name alone', async () => {
    await expect(asNode('').list(nodes)).rejects.toThrow('unknown node for user "system:node:"')
    const groupOnly = fixture.server.client({ username: 'ann', groups: ['system:nodes'] }, 'test')
    await expect(groupOnly.get(secrets, { namespace, name: 'env' })).rejects.toMatchObject({
      reason: 'Forbidden',
    })
    const nameOnly = fixture.server.client({ username: 'system:node:n1', groups: [] }, 'test')
    await expect(nameOnly.get(secrets, { namespace, name: 'env' })).rejects.toMatchObject({
      reason: 'Forbidden',
    })
  })
})

describe('a node writes', () => {
  it('the status of its pods, and no labels with it', async () => {
    const mine = await n1.get(pods, { namespace, name: 'mine' })
    await n1.updateStatus(pods, { ...mine, status: { ...mine.status, phase: 'Running' } })
    const labels = { metadata: { labels: { a: 'b' } } }
    const status = { type: 'merge', subresource: 'status' } as const
    await expect(n1.patch(pods, { namespace, name: 'mine' }, labels, status)).rejects.toThrow(
      'pods "mine" is forbidden: node "n1" cannot update labels through pod status',
    )
    await expect(
      n1.patch(pods, { namespace, name: 'theirs' }, { status: { phase: 'Failed' } }, status),
    ).rejects.toThrow('node "n1" can only update pod status for pods with spec.nodeName set to itself')
    await expect(n1.delete(pods, { namespace, name: 'theirs' })).rejects.toThrow(
      'node "n1" can only delete pods with spec.nodeName set to itself',
    )
    await expect(
      n1.createSubresource(pods, { namespace, name: 'theirs' }, 'eviction', { metadata: { name: 'theirs' } }),
    ).rejects.toThrow('can only evict pods with spec.nodeName set to itself')
  })

  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] }
  const annotations = { 'kubernetes.io/config.mirror': 'x' }

  it.each<[string, object, object, string]>([
    [
      'that is no mirror',
      {},
      spec,
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [
      'of another node',
      { annotations },
      { ...spec, nodeName: 'n2' },
      'node "n1" can only create pods with spec.nodeName set to itself',
    ],
    [
      'without an owner',
      { annotations },
      spec,
      'node "n1" can only create pods with an owner reference set to itself',
    ],
  ])('no pod %s', async (_what, metadata, podSpec, message) => {
    await expect(
      n1.create(pods, { metadata: { name: 'x', namespace, ...metadata }, spec: podSpec as Pod['spec'] }),
    ).rejects.toThrow(`pods "x" is forbidden: ${message}`)
  })

  it('a mirror pod that refers to nothing', async () => {
    const { metadata } = await n1.get(nodes, { name: 'n1' })
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: metadata.uid, controller: true }
    const mirror = { name: 'mirror', namespace, annotations, ownerReferences: [owner] }
    const volumes = [{ name: 'v', secret: { secretName: 'stranger' } }]
    await expect(n1.create(pods, { metadata: mirror, spec: { ...spec, volumes } })).rejects.toThrow(
      'node "n1" can not create pods that reference secrets',
    )
    const strangers = { ...mirror, ownerReferences: [{ ...owner, uid: 'other' }] }
    await expect(n1.create(pods, { metadata: strangers, spec })).rejects.toThrow('node n1 UID mismatch')
    await n1.create(pods, { metadata: mirror, spec })
    await n1.delete(pods, { namespace, name: 'mirror' }, { gracePeriodSeconds: 0 })
  })

  it.each<[string, (node: Node) => Node, string]>([
    [
      'a label that only administrators set',
      (node) => withLabel(node, 'node-restriction.kubernetes.io/x'),
      'is not allowed to modify labels: node-restriction.kubernetes.io/x',
    ],
    [
      'a label of Kubernetes that is not a kubelet’s',
      (node) => withLabel(node, 'kubernetes.io/zz'),
      'is not allowed to modify labels: kubernetes.io/zz',
    ],
    [
      'a taint',
      (node) => ({ ...node, spec: { ...node.spec, taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
      'node "n1" is not allowed to modify taints',
    ],
  ])('not %s', async (_what, change, message) => {
    const node = await n1.get(nodes, { name: 'n1' })
    await expect(n1.update(nodes, change(node))).rejects.toThrow(`nodes "n1" is forbidden: ${message}`)
  })

  it('its own labels, and nothing of another node', async () => {
    const node = await n1.get(nodes, { name: 'n1' })
    const labeled = await n1.update(nodes, withLabel(withLabel(node, 'topology.kubernetes.io/zone'), 'a.b/c'))
    expect(labeled.metadata.labels).toMatchObject({ 'a.b/c': 'v' })
    await expect(
      n1.patch(nodes, { name: 'n2' }, { metadata: { labels: { a: 'b' } } }, { type: 'merge' }),
    ).rejects.toThrow('node "n1" is not allowed to modify node "n2"')
    await expect(n1.create(nodes, { metadata: { name: 'n3' }, spec: {} })).rejects.toThrow(
      'not allowed to modify node "n3"',
    )
    await expect(n1.delete(nodes, { name: 'n1' })).rejects.toMatchObject({ reason: 'Forbidden' })
  })

  it('its own lease', async () => {
    const own = { name: 'n1', namespace: 'kube-node-lease' }
    await n1.create(leases, { metadata: own, spec: {} })
    await n1.get(leases, own)
    const same = 'can only access node lease with the same name as the requesting node'
    await expect(n1.create(leases, { metadata: { ...own, name: 'n2' }, spec: {} })).rejects.toThrow(same)
    await expect(n1.get(leases, { ...own, name: 'n2' })).rejects.toThrow(same)
    await expect(n1.get(leases, { name: 'n1', namespace })).rejects.toThrow(
      'can only access leases in the "kube-node-lease" system namespace',
    )
    await expect(n1.list(leases, { namespace: 'kube-node-lease' })).rejects.toThrow(
      'can only get, create, update',
    )
  })

  it('tokens of accounts of its pods, bound to those pods', async () => {
    const { metadata } = await n1.get(pods, { namespace, name: 'mine' })
    const token = (name: string, boundObjectRef?: object): Promise<unknown> =>
      n1.createSubresource(serviceAccounts, { namespace, name }, 'token', { spec: { boundObjectRef } })
    const bound = { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: metadata.uid }
    expect(await token('default', bound)).toMatchObject({ kind: 'TokenRequest' })
    await expect(token('other', bound)).rejects.toThrow('no relationship found')
    await expect(token('default')).rejects.toThrow('node requested token not bound to a pod')
    await expect(token('default', { ...bound, uid: undefined })).rejects.toThrow(
      'a pod binding without a uid',
    )
    const theirs = await fixture.client.get(pods, { namespace, name: 'theirs' })
    await expect(token('default', { ...bound, name: 'theirs', uid: theirs.metadata.uid })).rejects.toThrow(
      'node requested token bound to a pod scheduled on a different node',
    )
  })
})

function withLabel(node: Node, key: string): Node {
  return { ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, [key]: 'v' } } }
}

it('takes the group of all nodes out of a binding that an earlier version stored', async () => {
  const store = createMemoryStore()
  const { client } = await createApiFixture({ store })
  const binding = await client.get(clusterRoleBindings, { name: 'system:node' })
  expect(binding.subjects ?? []).toEqual([])
  const subject = { kind: 'Group', name: 'system:nodes', apiGroup: 'rbac.authorization.k8s.io' }
  await client.update(clusterRoleBindings, { ...binding, subjects: [subject] })
  const again = await createApiFixture({ store })
  expect((await again.client.get(clusterRoleBindings, { name: 'system:node' })).subjects ?? []).toEqual([])
})
