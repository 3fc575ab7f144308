import { describe, expect, it } from 'vitest'

import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import * as resources from '../../kubernetes/client/resources.ts'
import { HastyClock } from '../testing/fake-cloud.ts'
import { importManifests } from './manifests.ts'

const OWNED = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: '1' }]
const CONTAINER = { name: 'web', image: 'nginx' }

function seeded(): FakeClient {
  const client = new FakeClient({ clock: new HastyClock() })
  for (const name of ['default', 'shop', 'kube-system', 'empty'])
    client.seed(resources.namespaces, { metadata: { name }, spec: { finalizers: ['kubernetes'] } })
  return client
}

async function read(client: FakeClient, made: readonly string[] = []) {
  const { byNamespace, notes } = await importManifests(client, new Set(made))
  return { objects: Object.fromEntries(byNamespace), notes }
}

describe('importManifests', () => {
  it('keeps what people wrote, in the order in which it is applied', async () => {
    const client = seeded()
    client.seed(resources.services, {
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: { app: 'web' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' },
        finalizers: ['service.k8s.aws/resources'],
      },
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.100.0.9',
        clusterIPs: ['10.100.0.9'],
        ports: [{ port: 80, nodePort: 30_001 }],
      },
      status: { loadBalancer: { ingress: [{ hostname: 'x' }] } },
    })
    client.seed(resources.configMaps, { metadata: { name: 'settings', namespace: 'shop' }, data: { a: 'b' } })
    const { objects } = await read(client)
    expect(objects).toEqual({
      shop: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'settings', namespace: 'shop' },
          data: { a: 'b' },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { mine: 'yes' } },
          spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
        },
      ],
      empty: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'empty' } }],
    })
  })

  it('leaves what a controller made, what every namespace has, and accounts that the config makes', async () => {
    const client = seeded()
    const pod = (name: string, more: object) =>
      client.seed(resources.pods, {
        metadata: { name, namespace: 'default', ...more },
        spec: { containers: [CONTAINER] },
      })
    pod('web-1-x', { ownerReferences: OWNED })
    for (const [name, namespace] of [
      ['default', 'default'],
      ['reader', 'default'],
    ] as const)
      client.seed(resources.serviceAccounts, { metadata: { name, namespace } })
    client.seed(resources.configMaps, { metadata: { name: 'kube-root-ca.crt', namespace: 'shop' } })
    client.seed(resources.services, { metadata: { name: 'kubernetes', namespace: 'default' }, spec: {} })
    const { objects } = await read(client, ['default/reader'])
    expect(objects['default']).toBeUndefined()
    expect(objects['shop']).toHaveLength(1)
  })

  it('takes a pod without its node, tolerations and token', async () => {
    const client = seeded()
    const token = { name: 'kube-api-access-abcde' }
    client.seed(resources.pods, {
      metadata: { name: 'alone', namespace: 'default' },
      spec: {
        nodeName: 'ip-10-0-0-1',
        tolerations: [{ key: 'node.kubernetes.io/not-ready' }],
        containers: [
          {
            ...CONTAINER,
            volumeMounts: [
              { ...token, mountPath: '/var/run' },
              { name: 'data', mountPath: '/d' },
            ],
          },
        ],
        volumes: [token, { name: 'data', emptyDir: {} }],
      },
    })
    const { objects } = await read(client)
    expect(objects['default']).toMatchObject([
      {
        spec: {
          containers: [{ ...CONTAINER, volumeMounts: [{ name: 'data', mountPath: '/d' }] }],
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    ])
    expect(JSON.stringify(objects)).not.toMatch(/nodeName|tolerations|kube-api-access/)
  })

  it('takes the selector and labels off a Job that the cluster chose', async () => {
    const client = seeded()
    const labels = { 'batch.kubernetes.io/job-name': 'once', 'controller-uid': 'u', app: 'once' }
    client.seed(resources.jobs, {
      metadata: { name: 'once', namespace: 'shop', labels },
      spec: {
        selector: { matchLabels: { 'controller-uid': 'u' } },
        template: { metadata: { labels }, spec: { containers: [CONTAINER], restartPolicy: 'Never' } },
      },
    })
    const { objects } = await read(client)
    expect(objects['shop']?.[1]).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'shop', labels: { app: 'once' } },
      spec: {
        template: {
          metadata: { labels: { app: 'once' } },
          spec: { containers: [CONTAINER], restartPolicy: 'Never' },
        },
      },
    })
  })

  it('says what it leaves out', async () => {
    const client = seeded()
    client.seed(resources.deployments, {
      metadata: { name: 'coredns', namespace: 'kube-system' },
      spec: { selector: {}, template: { metadata: {}, spec: { containers: [CONTAINER] } } },
    })
    client.seed(resources.secrets, { metadata: { name: 'password', namespace: 'shop' }, type: 'Opaque' })
    const { notes } = await read(client)
    expect(notes).toEqual([
      'left to add-ons and charts: kube-system/coredns',
      'secrets are not read; applications may need: shop/password',
    ])
  })
})
