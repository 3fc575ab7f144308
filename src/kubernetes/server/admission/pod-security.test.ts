import { beforeEach, describe, expect, it } from 'vitest'

import type { PodSpec } from '../../../../generated/kubernetes.d.ts'
import { namespaces, pods, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'

const ENFORCE = 'pod-security.kubernetes.io/enforce'
const silent =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
})

async function namespace(labels: Record<string, string>): Promise<void> {
  await fixture.client.create(namespaces, { metadata: { name: 'd', labels }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
}

function pod(name: string, spec: Partial<PodSpec> = {}): Promise<unknown> {
  const containers = [{ name: 'c', image: 'n' }]
  return fixture.client.create(pods, { metadata: { name, namespace: 'd' }, spec: { containers, ...spec } })
}

async function warningsOf(method: string, url: string, body: unknown): Promise<string[]> {
  const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
  const response = await sendTo(fixture.server, method, url, { body, headers })
  expect(response.status).toBeLessThan(300)
  const warning = response.headers['warning'] ?? []
  return (Array.isArray(warning) ? warning : [warning]).map((text) => text.replace(/\\"/g, '"'))
}

describe('PodSecurity', () => {
  // What kube-apiserver v1.35.4 answered.
  it.each<[string, Partial<PodSpec>, string]>([
    ['restricted', {}, `violates PodSecurity "restricted:latest": ${silent}`],
    [
      'restricted',
      {
        hostNetwork: true,
        hostPID: true,
        volumes: [{ name: 'h', hostPath: { path: '/' } }],
        containers: [
          {
            name: 'c',
            image: 'n',
            securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
            ports: [{ containerPort: 80, hostPort: 80 }],
          },
        ],
      },
      'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true, hostPID=true), hostPort (container "c" uses hostPort 80), privileged (container "c" must not set securityContext.privileged=true), allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add), restricted volume types (volume "h" uses restricted volume type "hostPath"), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
  ])('in a %s namespace refuses %j', async (level, spec, why) => {
    await namespace({ [ENFORCE]: level })
    const message = `pods "x" is forbidden: ${why}`
    await expect(pod('x', spec)).rejects.toMatchObject({ reason: 'Forbidden', message })
  })

  it('lets pass what keeps to the rules, and everything where nothing is asked', async () => {
    await namespace({ [ENFORCE]: 'restricted' })
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' as const } }
    const own = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
    await pod('good', { securityContext, containers: [{ name: 'c', image: 'n', securityContext: own }] })
    const free = { metadata: { name: 'x', namespace: 'default' } }
    await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    await fixture.client.create(pods, {
      ...free,
      spec: { hostPID: true, containers: [{ name: 'c', image: 'n' }] },
    })
  })

  it('warns of workloads, and of pods by the level that only warns', async () => {
    await namespace({ [ENFORCE]: 'restricted' })
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    }
    const body = { metadata: { name: 'x' }, spec: { selector: { matchLabels: { a: 'b' } }, template } }
    expect(await warningsOf('POST', '/apis/apps/v1/namespaces/d/deployments', body)).toEqual([
      `299 - "would violate PodSecurity "restricted:latest": ${silent}"`,
    ])
  })

  it('tells of pods that run already when a namespace is tightened', async () => {
    await namespace({ [ENFORCE]: 'privileged' })
    await pod('old')
    await pod('older')
    const labels = (level: string): object => ({ metadata: { labels: { [ENFORCE]: level } } })
    expect(await warningsOf('PATCH', '/api/v1/namespaces/d', labels('baseline'))).toEqual([])
    expect(await warningsOf('PATCH', '/api/v1/namespaces/d', labels('restricted'))).toEqual([
      '299 - "existing pods in namespace "d" violate the new PodSecurity enforce level "restricted:latest""',
      '299 - "old (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"',
    ])
  })

  it('refuses labels that say nothing', async () => {
    const labels = { [ENFORCE]: 'x', 'pod-security.kubernetes.io/warn-version': 'v1' }
    await expect(
      fixture.client.create(namespaces, { metadata: { name: 'zz', labels }, spec: {} }),
    ).rejects.toMatchObject({
      reason: 'Invalid',
      message:
        'Namespace "zz" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "v1": must be "latest" or "v1.x"]',
    })
  })

  it('looks at a pod again only when it would run something new', async () => {
    await namespace({})
    await pod('old')
    await fixture.client.patch(
      namespaces,
      { name: 'd' },
      { metadata: { labels: { [ENFORCE]: 'restricted' } } },
      { type: 'merge' },
    )
    const change = (patch: object): Promise<unknown> =>
      fixture.client.patch(pods, { namespace: 'd', name: 'old' }, patch, { type: 'strategic' })
    await change({ metadata: { labels: { a: 'b' } } })
    await expect(change({ spec: { containers: [{ name: 'c', image: 'other' }] } })).rejects.toMatchObject({
      reason: 'Forbidden',
    })
  })
})
