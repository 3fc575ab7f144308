import { beforeEach, describe, expect, it } from 'vitest'

import type { ResourceQuota, ResourceQuotaSpec } from '../../../../generated/kubernetes.d.ts'
import {
  configMaps,
  deployments,
  namespaces,
  pods,
  resourceQuotas,
  serviceAccounts,
  services,
} from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

/** A quota as the controller leaves it: its limits in the status, and this much used. */
async function grant(
  hard: Record<string, string>,
  used: Record<string, string> = {},
  spec: Partial<ResourceQuotaSpec> = {},
): Promise<void> {
  const made = await fixture.client.create(resourceQuotas, {
    metadata: { name: 'q', namespace: 'd' },
    spec: { hard, ...spec },
  })
  const none = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
  await fixture.client.updateStatus(resourceQuotas, { ...made, status: { hard, used: { ...none, ...used } } })
}

async function used(): Promise<NonNullable<ResourceQuota['status']>['used']> {
  const quota = await fixture.client.get(resourceQuotas, { namespace: 'd', name: 'q' })
  return quota.status?.used
}

function pod(name: string, resources: object = {}, spec: object = {}): Promise<unknown> {
  const containers = [{ name: 'c', image: 'n', resources }]
  return fixture.client.create(pods, { metadata: { name, namespace: 'd' }, spec: { containers, ...spec } })
}

function service(name: string, spec: object): Promise<unknown> {
  const ports = [{ port: 80 }, { port: 81, name: 'b' }].map((port) => ({ name: 'a', ...port }))
  return fixture.client.create(services, {
    metadata: { name, namespace: 'd' },
    spec: { ports, ...spec } as never,
  })
}

describe('ResourceQuota admission', () => {
  it('counts objects of any kind by their qualified name', async () => {
    await grant({ 'count/deployments.apps': '0', configmaps: '1', 'count/configmaps': '2' })
    const template = {
      metadata: { labels: { a: 'b' } } as never,
      spec: { containers: [{ name: 'c', image: 'n' }] },
    }
    const deployment = { selector: { matchLabels: { a: 'b' } }, template }
    await expect(
      fixture.client.create(deployments, { metadata: { name: 'x', namespace: 'd' }, spec: deployment }),
    ).rejects.toMatchObject({
      message:
        'deployments.apps "x" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
    })
    await fixture.client.create(configMaps, { metadata: { name: 'a', namespace: 'd' } })
    expect(await used()).toEqual({ 'count/deployments.apps': '0', configmaps: '1', 'count/configmaps': '1' })
  })

  it('counts what a pod asks for, and nothing of a dry run', async () => {
    await grant({ pods: '5', cpu: '2', 'requests.memory': '1Gi', 'requests.nvidia.com/gpu': '2' })
    const asked = { requests: { cpu: '500m', memory: '1Mi' }, limits: { 'nvidia.com/gpu': '1' } }
    await pod('a', asked)
    const counted = { pods: '1', cpu: '500m', 'requests.memory': '1Mi', 'requests.nvidia.com/gpu': '1' }
    expect(await used()).toEqual(counted)
    const draft = { metadata: { name: 'b', namespace: 'd' } }
    const containers = [{ name: 'c', image: 'n', resources: asked }]
    await fixture.client.create(pods, { ...draft, spec: { containers } }, { dryRun: true })
    expect(await used()).toEqual(counted)
  })

  it('says so while nobody has counted yet', async () => {
    const made = await fixture.client.create(resourceQuotas, {
      metadata: { name: 'q', namespace: 'd' },
      spec: { hard: { pods: '1' } },
    })
    await fixture.client.updateStatus(resourceQuotas, { ...made, status: { hard: { pods: '1' } } })
    await expect(pod('a')).rejects.toMatchObject({
      message: 'pods "a" is forbidden: status unknown for quota: q, resources: pods',
    })
  })

  it('lets exactly as many of those who race pass as there is room for', async () => {
    await grant({ pods: '7' })
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => pod(`p${index}`)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(await used()).toEqual({ pods: '7' })
  })

  it('charges the difference when a service changes its type, and never less than nothing', async () => {
    await grant({ services: '2', 'services.nodeports': '2', 'services.loadbalancers': '1' })
    await service('a', { type: 'ClusterIP' })
    expect(await used()).toEqual({
      services: '1',
      'services.nodeports': '0',
      'services.loadbalancers': '0',
    })
    const change = (type: string): Promise<unknown> =>
      fixture.client.patch(services, { namespace: 'd', name: 'a' }, { spec: { type } }, { type: 'merge' })
    await change('LoadBalancer')
    const most = { services: '1', 'services.nodeports': '2', 'services.loadbalancers': '1' }
    expect(await used()).toEqual(most)
    await expect(service('b', { type: 'NodePort' })).rejects.toMatchObject({
      message:
        'services "b" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=2, limited: services.nodeports=2',
    })
    await change('ClusterIP')
    expect(await used()).toEqual(most)
  })

  it.each<[Partial<ResourceQuotaSpec>, object, object, boolean]>([
    [{ scopes: ['Terminating'] }, {}, { activeDeadlineSeconds: 9 }, true],
    [{ scopes: ['Terminating'] }, {}, {}, false],
    [{ scopes: ['NotTerminating'] }, {}, {}, true],
    [{ scopes: ['BestEffort'] }, {}, {}, true],
    [{ scopes: ['BestEffort'] }, { requests: { cpu: '1' } }, {}, false],
    [{ scopes: ['NotBestEffort'] }, { requests: { cpu: '1' } }, {}, true],
    [{ scopes: ['PriorityClass'] }, {}, {}, false],
    [byClass('In', ['system-node-critical']), {}, { priorityClassName: 'system-node-critical' }, true],
    [byClass('In', ['other']), {}, { priorityClassName: 'system-node-critical' }, false],
    [byClass('NotIn', ['other']), {}, {}, true],
    [byClass('DoesNotExist'), {}, {}, true],
    [{ scopes: ['CrossNamespacePodAffinity'] }, {}, { affinity: affinityTo(['other']) }, true],
    [{ scopes: ['CrossNamespacePodAffinity'] }, {}, { affinity: affinityTo([]) }, false],
  ])('a quota of %j counts a pod with %j and %j: %s', async (scope, resources, spec, isCounted) => {
    await grant({ pods: '1' }, {}, scope)
    await pod('p', resources, spec)
    expect(await used()).toEqual({ pods: isCounted ? '1' : '0' })
  })
})

function byClass(operator: 'In' | 'NotIn' | 'DoesNotExist', values?: string[]): Partial<ResourceQuotaSpec> {
  const expression = { scopeName: 'PriorityClass' as const, operator, ...(values ? { values } : {}) }
  return { scopeSelector: { matchExpressions: [expression] } }
}

function affinityTo(among: string[]): object {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: {}, namespaces: among }
  return { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
}
