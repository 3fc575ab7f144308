import fastJsonPatch, { type Operation } from 'fast-json-patch'
import { afterAll, describe, expect, it } from 'vitest'

import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createIngressValidator } from './ingress-validator.ts'
import { createServiceMutator } from './service-mutator.ts'
import { createWebhooks } from './webhooks.ts'

const seen: object[] = []
const gateInjector: MutatingPlugin = {
  name: 'mpod.elbv2.k8s.aws',
  admit: async (request) => void seen.push(request),
}
const rehearsal = new Rehearsal()
const webhooks = createWebhooks({
  serviceMutator: createServiceMutator(),
  gateInjector,
  ingressValidator: createIngressValidator(rehearsal.context),
})
afterAll(() => rehearsal[Symbol.asyncDispose]())

interface Answer {
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly patch?: string
    readonly patchType?: string
    readonly warnings?: readonly string[]
  }
}

function review(resource: readonly [group: string, plural: string, kind: string], object: object): object {
  const [group, plural, kind] = resource
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: 'u1',
      kind: { group, version: 'v1', kind },
      resource: { group, version: 'v1', resource: plural },
      namespace: 'shop',
      name: 'web',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['admins'] },
      object,
      oldObject: null,
    },
  }
}

async function ask(path: string, body: unknown): Promise<Answer['response'] | undefined> {
  return ((await webhooks(path, body)) as Answer | undefined)?.response
}

describe('the webhooks of the controller', () => {
  it('give the class to a Service, as a patch', async () => {
    const service = { metadata: { name: 'web' }, spec: { type: 'LoadBalancer' } }
    const answer = await ask('/mutate-v1-service', review(['', 'services', 'Service'], service))
    expect(answer).toMatchObject({ uid: 'u1', allowed: true, patchType: 'JSONPatch' })
    const patch = JSON.parse(Buffer.from(answer?.patch ?? '', 'base64').toString()) as Operation[]
    expect(fastJsonPatch.applyPatch(service, patch).newDocument).toEqual({
      ...service,
      spec: { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' },
    })
  })

  it.each<[string, object, string | undefined]>([
    ['a class that is not there', { ingressClassName: 'nginx' }, 'nginx'],
    ['no class', {}, undefined],
  ])('look at an Ingress with %s', async (_, spec, missing) => {
    const ingress = { metadata: { name: 'web', namespace: 'shop' }, spec }
    const asked = review(['networking.k8s.io', 'ingresses', 'Ingress'], ingress)
    expect(await ask('/validate-networking-v1-ingress', asked)).toEqual(
      missing === undefined
        ? { uid: 'u1', allowed: true }
        : {
            uid: 'u1',
            allowed: false,
            status: {
              code: 403,
              reason: 'Forbidden',
              message: `invalid ingress class: IngressClass.networking.k8s.io "${missing}" not found`,
            },
          },
    )
  })

  it('leave a Service alone that is not theirs', async () => {
    const service = { metadata: { name: 'web' }, spec: { type: 'ClusterIP' } }
    const answer = await ask('/mutate-v1-service', review(['', 'services', 'Service'], service))
    expect(answer).toEqual({ uid: 'u1', allowed: true })
  })

  it('pass a pod on as admission knows it', async () => {
    const pod = { metadata: { name: 'web-1' }, spec: {} }
    expect(await ask('/mutate-v1-pod', review(['', 'pods', 'Pod'], pod))).toMatchObject({ allowed: true })
    expect(seen).toMatchObject([
      { operation: 'CREATE', resource: 'pods', namespace: 'shop', user: { username: 'alice' }, object: pod },
    ])
  })

  it('let an Ingress through: its own pass says what is wrong', async () => {
    const body = review(['networking.k8s.io', 'ingresses', 'Ingress'], { metadata: {} })
    expect(await ask('/validate-networking-v1-ingress', body)).toEqual({ uid: 'u1', allowed: true })
  })

  it.each([
    ['/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding', 0],
    ['/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding', 0],
    ['/validate-elbv2-k8s-aws-v1beta1-ingressclassparams', 0],
  ])('let %s through, with %i warnings', async (path, warnings) => {
    const body = review(['elbv2.k8s.aws', 'targetgroupbindings', 'TargetGroupBinding'], { metadata: {} })
    const answer = await ask(path, body)
    expect(answer).toMatchObject({ allowed: true })
    expect(answer?.warnings ?? []).toHaveLength(warnings)
  })

  it.each([
    ['a path that there is not', '/healthz', review(['', 'services', 'Service'], {})],
    ['what is no review', '/mutate-v1-service', { kind: 'Status' }],
    ['what is no object', '/mutate-v1-service', null],
  ])('do not answer %s', async (_, path, body) => {
    expect(await webhooks(path, body)).toBeUndefined()
  })
})
