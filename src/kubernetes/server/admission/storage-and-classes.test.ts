// The classes that admission fills in, what it holds back from deletion, and what a RuntimeClass does to pods.
import { beforeEach, describe, expect, it } from 'vitest'

import {
  componentStatuses,
  ingressClasses,
  ingresses,
  namespaces,
  persistentVolumeClaims,
  pods,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'

let client: ApiFixture['client']

beforeEach(async () => {
  ;({ client } = await createApiFixture())
  await client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

const inD = (name: string): { namespace: string; name: string } => ({ namespace: 'd', name })
const claim = {
  accessModes: ['ReadWriteOnce' as const],
  resources: { requests: { storage: '1Gi' } },
}

async function addStorageClass(name: string, isDefault: string): Promise<void> {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': isDefault }
  await client.create(storageClasses, { metadata: { name, annotations }, provisioner: 'p' })
}

describe('a claim', () => {
  it('has no class where none is the default', async () => {
    await addStorageClass('other', 'false')
    const made = await client.create(persistentVolumeClaims, { metadata: inD('c'), spec: claim })
    expect(made.spec?.storageClassName).toBeUndefined()
    expect(made.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection'])
  })

  it('gets the default class unless it names one, be it the empty one', async () => {
    await addStorageClass('b', 'true')
    await addStorageClass('a', 'true')
    const made = await client.create(persistentVolumeClaims, { metadata: inD('c'), spec: claim })
    // Of one second: the first by name.
    expect(['a', 'b']).toContain(made.spec?.storageClassName)
    const none = await client.create(persistentVolumeClaims, {
      metadata: inD('none'),
      spec: { ...claim, storageClassName: '' },
    })
    expect(none.spec?.storageClassName).toBe('')
  })

  it('grows only in a class that allows it', async () => {
    await client.create(storageClasses, {
      metadata: { name: 'grows' },
      provisioner: 'p',
      allowVolumeExpansion: true,
    })
    await client.create(persistentVolumeClaims, {
      metadata: inD('c'),
      spec: { ...claim, storageClassName: 'grows' },
    })
    const status = { phase: 'Bound' as const, capacity: { storage: '1Gi' } }
    await client.patch(persistentVolumeClaims, inD('c'), { status }, { type: 'merge', subresource: 'status' })
    const grown = { spec: { resources: { requests: { storage: '2Gi' } } } }
    const made = await client.patch(persistentVolumeClaims, inD('c'), grown, { type: 'merge' })
    expect(made.spec?.resources?.requests).toEqual({ storage: '2Gi' })
    const shrunk = { spec: { resources: { requests: { storage: '1Gi' } } } }
    await expect(client.patch(persistentVolumeClaims, inD('c'), shrunk, { type: 'merge' })).rejects.toThrow(
      'field can not be less than status.capacity',
    )
  })
})

it('gives an Ingress the default class unless it names one in either way', async () => {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
  await client.create(ingressClasses, {
    metadata: { name: 'alb', annotations },
    spec: { controller: 'a.b/c' },
  })
  const spec = { rules: [{ host: 'a.b' }] }
  const made = await client.create(ingresses, { metadata: inD('i'), spec })
  expect(made.spec?.ingressClassName).toBe('alb')
  expect(made.status).toEqual({ loadBalancer: {} })
  const old = await client.create(ingresses, {
    metadata: { ...inD('old'), annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
    spec,
  })
  expect(old.spec?.ingressClassName).toBeUndefined()
})

describe('a pod of a RuntimeClass', () => {
  const containers = [{ name: 'c', image: 'i' }]

  beforeEach(async () => {
    await client.create(runtimeClasses, {
      metadata: { name: 'gvisor' },
      handler: 'runsc',
      overhead: { podFixed: { cpu: '250m' } },
      scheduling: {
        nodeSelector: { sandbox: 'yes' },
        tolerations: [{ key: 'sandbox', operator: 'Exists' }],
      },
    })
    await client.create(runtimeClasses, { metadata: { name: 'plain' }, handler: 'runc' })
  })

  it('gets its overhead, node selector and tolerations', async () => {
    const { spec } = await client.create(pods, {
      metadata: inD('p'),
      spec: {
        containers,
        runtimeClassName: 'gvisor',
        nodeSelector: { a: 'b' },
        tolerations: [{ key: 'sandbox', operator: 'Equal', value: 'x' }],
      },
    })
    expect(spec.overhead).toEqual({ cpu: '250m' })
    expect(spec.nodeSelector).toEqual({ a: 'b', sandbox: 'yes' })
    expect(spec.tolerations).toContainEqual({ key: 'sandbox', operator: 'Exists' })
    // The class's covers the pod's own.
    expect(spec.tolerations).not.toContainEqual({ key: 'sandbox', operator: 'Equal', value: 'x' })
  })

  it.each([
    [{ runtimeClassName: 'nope' }, 'pod rejected: RuntimeClass "nope" not found'],
    [
      { runtimeClassName: 'gvisor', overhead: { cpu: '1' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'plain', overhead: { cpu: '1' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { runtimeClassName: 'gvisor', nodeSelector: { sandbox: 'no' } },
      'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
    ],
  ])('is refused: %j', async (spec, message) => {
    await expect(client.create(pods, { metadata: inD('p'), spec: { containers, ...spec } })).rejects.toThrow(
      `pods "p" is forbidden: ${message}`,
    )
  })
})

it('says that the parts of the control plane are healthy', async () => {
  const { items } = await client.list(componentStatuses)
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['controller-manager', 'etcd-0', 'scheduler'])
})
