import { describe, expect, it } from 'vitest'

import { StatusError, UserError } from '../base/errors.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import type { Resource } from '../kubernetes/client/client.ts'
import { configMaps, namespaces, serviceAccounts } from '../kubernetes/client/resources.ts'
import { NEAR_PACE } from './pace.ts'
import { applyManifests, deleteManifests, foreignObjects, inApplyOrder, type SourcedObject } from './apply.ts'
import { createFindResource } from './find-resource.ts'
import { HastyClock, withApply } from './testing/fake-cloud.ts'

function manifest(kind: string, name: string, more: object = {}): SourcedObject {
  const apiVersion = ['Deployment', 'DaemonSet'].includes(kind) ? 'apps/v1' : 'v1'
  const metadata = { name, ...(kind === 'Namespace' ? {} : { namespace: 'web' }) }
  return { object: { apiVersion, kind, metadata, ...more }, source: 'nginx.yaml:12' }
}

function target() {
  const clock = new HastyClock()
  const fake = new FakeClient({ clock })
  const findResource = createFindResource(async () => undefined)
  return { fake, kubernetes: withApply(fake), findResource, clock, pace: NEAR_PACE, project: 'workshop' }
}

describe('inApplyOrder', () => {
  it('puts namespaces and identities first, workloads last, and keeps the order of the rest', () => {
    const kinds = [
      'Deployment',
      'Service',
      'ConfigMap',
      'Ingress',
      'ServiceAccount',
      'Pod',
      'PriorityClass',
      'Namespace',
      'Role',
    ]
    const ordered = inApplyOrder(kinds.map((kind) => manifest(kind, 'x'))).map(({ object }) => object.kind)
    expect(ordered).toEqual([
      'Namespace',
      'PriorityClass',
      'ServiceAccount',
      'ConfigMap',
      'Service',
      'Ingress',
      'Role',
      'Deployment',
      'Pod',
    ])
  })
})

describe('custom resources', () => {
  const definitions: Resource = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  }
  const widgets: Resource = {
    group: 'example.com',
    version: 'v1',
    plural: 'widgets',
    kind: 'Widget',
    namespaced: true,
  }
  const widget: SourcedObject = {
    object: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'web' } },
    source: 'widgets.yaml:1',
  }
  const definition: SourcedObject = {
    object: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [{ name: 'v1', served: true }],
      },
    },
    source: 'widgets.yaml:9',
  }

  function discovering(servedAtTheQuestion: number) {
    let questions = 0
    const findResource = createFindResource(async (groupVersion) => {
      if (groupVersion === 'apiextensions.k8s.io/v1') return [definitions]
      questions += 1
      return questions >= servedAtTheQuestion ? [widgets] : undefined
    })
    return { ...target(), findResource }
  }

  it('are applied once their definition is served', async () => {
    const to = discovering(4)
    await applyManifests(to, [widget, definition])
    expect(to.fake.actions.map(({ plural }) => plural)).toEqual(['customresourcedefinitions', 'widgets'])
  })

  it('are given up, with their place, when it never is', async () => {
    await expect(applyManifests(discovering(Infinity), [widget, definition])).rejects.toThrow(
      'widgets.yaml:1: the cluster does not serve Widget in example.com/v1, though its definition was applied (gave up after 60 s)',
    )
  })

  it('are refused at once when nobody defines them', async () => {
    await expect(applyManifests(discovering(2), [widget])).rejects.toThrow(
      'widgets.yaml:1: the cluster has no kind Widget in example.com/v1',
    )
  })
})

describe('applyManifests', () => {
  const files = [manifest('ConfigMap', 'settings', { data: { a: '1' } }), manifest('Namespace', 'web')]

  it('creates, then finds nothing to do, then updates', async () => {
    const to = target()
    expect(await applyManifests(to, files)).toEqual({ outcome: 'created', detail: '2 objects, 2 changed' })
    expect(to.fake.actions.map(({ plural }) => plural)).toEqual(['namespaces', 'configmaps'])
    expect(await applyManifests(to, files)).toEqual({ outcome: 'unchanged', detail: '2 objects, 0 changed' })
    const changed = [manifest('ConfigMap', 'settings', { data: { a: '2' } }), manifest('Namespace', 'web')]
    expect(await applyManifests(to, changed)).toEqual({
      outcome: 'updated',
      detail: '2 objects, 1 changed: ConfigMap settings',
    })
  })

  it('is server-side apply as neargate, taking over what others own', async () => {
    const to = target()
    const asked: unknown[] = []
    const kubernetes: typeof to.kubernetes = {
      ...to.kubernetes,
      patch: (resource, key, body, options) => {
        asked.push(options)
        return to.kubernetes.patch(resource, key, body, options)
      },
    }
    await applyManifests({ ...to, kubernetes }, files)
    expect(asked).toEqual(Array(2).fill({ type: 'apply', fieldManager: 'neargate', force: true }))
  })

  it('puts objects without a namespace into default, and cluster-scoped ones into none', async () => {
    const to = target()
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'loose' } }
    const plain = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }
    await applyManifests(
      to,
      [object, plain].map((each) => ({ object: each, source: 'x.yaml:1' })),
    )
    expect((await to.fake.get(configMaps, { namespace: 'default', name: 'loose' })).metadata.name).toBe(
      'loose',
    )
    expect((await to.fake.get(namespaces, { name: 'web' })).metadata.name).toBe('web')
  })

  it('names file and line of what the cluster refuses', async () => {
    const to = target()
    to.fake.failNext('create', 'configmaps', new StatusError('Forbidden', 'configmaps is forbidden'))
    const refused = await applyManifests(to, files).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UserError)
    expect(refused).toMatchObject({
      message: 'nginx.yaml:12: ConfigMap settings was refused: configmaps is forbidden',
    })
  })

  it('lets a failure that is no refusal through as it is', async () => {
    const to = target()
    const broken = new TypeError('fetch failed')
    to.fake.failNext('create', 'namespaces', broken)
    await expect(applyManifests(to, files)).rejects.toBe(broken)
  })

  it('names file and line of a kind that the cluster has not', async () => {
    const object = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } }
    await expect(applyManifests(target(), [{ object, source: 'w.yaml:3' }])).rejects.toThrow(
      'w.yaml:3: the cluster has no kind Widget in example.com/v1',
    )
  })
})

describe('an object that is being deleted', () => {
  const file = manifest('ConfigMap', 'settings', { data: { a: '1' } })
  const key = { namespace: 'web', name: 'settings' }

  async function goingAfter(looks: number) {
    const to = target()
    to.fake.seed(configMaps, { metadata: { ...key, finalizers: ['example.com/hold'] } })
    await to.fake.delete(configMaps, key)
    let asked = 0
    const kubernetes: typeof to.kubernetes = {
      ...to.kubernetes,
      get: async (resource, which) => {
        asked += 1
        if (asked === looks)
          await to.fake.patch(configMaps, key, { metadata: { finalizers: null } }, { type: 'merge' })
        return to.kubernetes.get(resource, which)
      },
    }
    return { ...to, kubernetes }
  }

  it('is waited for, and made anew', async () => {
    const to = await goingAfter(3)
    expect(await applyManifests(to, [file])).toMatchObject({ outcome: 'created' })
    const { metadata } = await to.fake.get(configMaps, key)
    expect(metadata.deletionTimestamp).toBeUndefined()
  })

  it('is told with what holds it where it does not go', async () => {
    await expect(applyManifests(await goingAfter(Infinity), [file])).rejects.toThrow(
      'nginx.yaml:12: ConfigMap settings is being deleted, and does not go: finalizers example.com/hold (gave up after 300 s)',
    )
  })
})

describe('the mark of up', () => {
  const file = manifest('ConfigMap', 'settings')

  it('is an annotation on what is applied, beside those of the file', async () => {
    const to = target()
    const annotations = { note: 'x' }
    const noted = { ...file, object: { ...file.object, metadata: { ...file.object.metadata, annotations } } }
    await applyManifests(to, [noted])
    const { metadata } = await to.fake.get(configMaps, { namespace: 'web', name: 'settings' })
    expect(metadata.annotations).toEqual({ note: 'x', 'neargate.dev/project': 'workshop' })
  })

  it('tells what somebody else has made, and who', async () => {
    const to = target()
    await applyManifests(to, [manifest('Namespace', 'web')])
    const managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update' as const }]
    to.fake.seed(configMaps, { metadata: { name: 'settings', namespace: 'web', managedFields } })
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } }
    const files = [manifest('Namespace', 'web'), file, { object: widget, source: 'w.yaml:1' }]
    expect(await foreignObjects(to, files)).toEqual([{ manifest: file, maker: 'kubectl' }])
  })

  it('is not asked of what every cluster has', async () => {
    const to = target()
    to.fake.seed(namespaces, { metadata: { name: 'default' }, spec: {} })
    to.fake.seed(serviceAccounts, { metadata: { name: 'default', namespace: 'web' } })
    const given = [manifest('Namespace', 'default'), manifest('ServiceAccount', 'default')]
    expect(await foreignObjects(to, given)).toEqual([])
  })

  it('of another cluster does not count', async () => {
    const to = target()
    await applyManifests({ ...to, project: 'workshop-2' }, [file])
    expect(await foreignObjects(to, [file])).toHaveLength(1)
  })
})

describe('deleteManifests', () => {
  const files = [manifest('Namespace', 'web'), manifest('Deployment', 'nginx'), manifest('ConfigMap', 'c')]

  it('deletes in the opposite order and counts what was there', async () => {
    const to = target()
    await applyManifests(to, files)
    await to.fake.delete(configMaps, { namespace: 'web', name: 'c' })
    to.fake.actions.length = 0
    expect(await deleteManifests(to, files)).toBe(2)
    expect(to.fake.actions.map(({ plural }) => plural)).toEqual(['deployments', 'namespaces'])
  })

  it('leaves what somebody else has made', async () => {
    const to = target()
    to.fake.seed(configMaps, { metadata: { name: 'c', namespace: 'web' } })
    expect(await deleteManifests(to, files)).toBe(0)
    expect(to.fake.actions).toEqual([])
  })

  it('passes over a kind that the cluster does not have', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } }
    expect(await deleteManifests(target(), [{ object: widget, source: 'w.yaml:3' }])).toBe(0)
  })

  it('passes on every other failure', async () => {
    const to = target()
    await applyManifests(to, files)
    to.fake.failNext('delete', 'deployments', new StatusError('Forbidden', 'no'))
    await expect(deleteManifests(to, files)).rejects.toThrow('no')
  })
})
