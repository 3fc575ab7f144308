import { describe, expect, it } from 'vitest'

import type { Endpoint, Event, Ingress, Service } from '../../generated/kubernetes.d.ts'
import { explainBalanced, type BalancedFacts } from './balanced.ts'
import { explainCode } from './code.ts'

const NLB = { 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip' }

function service(
  type: string,
  { hostname = '', annotations = {} }: { hostname?: string; annotations?: object } = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'web', annotations },
    spec: { type, selector: { app: 'web' } },
    status: { loadBalancer: hostname === '' ? {} : { ingress: [{ hostname }] } },
  } as unknown as Service
}

const endpoint = (ready: boolean, nodeName = 'ip-10-0-0-1'): Endpoint =>
  ({
    addresses: ['10.0.0.9'],
    conditions: { ready },
    nodeName,
    targetRef: { kind: 'Pod', name: 'web-1' },
  }) as Endpoint

function explain(
  facts: Partial<BalancedFacts> & Pick<BalancedFacts, 'object'>,
): ReturnType<typeof explainBalanced> {
  return explainBalanced({ kind: 'Service', events: [], targets: undefined, endpoints: [], ...facts })
}

describe('a Service of type LoadBalancer', () => {
  const object = service('LoadBalancer', { hostname: 'web.elb', annotations: NLB })

  it('is well with healthy targets alone', () => {
    const targets = [{ id: '10.0.0.9', port: 80, state: 'healthy' }]
    const told = explain({ object, targets, endpoints: [endpoint(true)] })
    expect(told).toMatchObject({ isWell: true, verdict: 'has 1 of 1 targets healthy', causes: [] })
  })

  it.each([
    ['Target.FailedHealthChecks', 'Health checks failed', /listens on the health check port/],
    ['Target.Timeout', 'Request timed out', /security groups/],
    ['Target.ResponseCodeMismatch', 'Health checks failed with these codes: [404]', /success-codes/],
    ['Elb.InitialHealthChecking', 'Initial health checks in progress', /Wait/],
    ['Target.NotInUse', 'Target is in an Availability Zone that is not enabled', /zone a subnet/],
  ])('tells of %s', (reason, description, help) => {
    const targets = [{ id: '10.0.0.9', port: 80, state: 'unhealthy', reason, description }]
    const { causes, isWell } = explain({ object, targets, endpoints: [endpoint(true)] })
    expect(isWell).toBe(false)
    expect(causes).toEqual([
      {
        by: 'Elastic Load Balancing',
        said: `target 10.0.0.9:80 is unhealthy (${reason}: ${description})`,
        help: expect.stringMatching(help),
      },
    ])
  })

  it('of target type instance has no targets on Fargate', () => {
    const instance = service('LoadBalancer', { hostname: 'web.elb' })
    const told = explain({
      object: instance,
      targets: [],
      endpoints: [endpoint(true, 'fargate-ip-10-0-0-9')],
    })
    expect(told.verdict).toBe('has a load balancer without targets')
    expect(told.causes).toEqual([
      expect.objectContaining({ help: expect.stringContaining('nlb-target-type: ip') }),
    ])
  })

  it('that the controller refused says why; one that nobody took, too', () => {
    const refused = { type: 'Warning', reason: 'FailedBuildModel', message: 'no such subnet' } as Event
    const none = service('LoadBalancer')
    expect(explain({ object: none, events: [refused], endpoints: [endpoint(true)] }).causes[0]?.said).toBe(
      'FailedBuildModel: no such subnet',
    )
    expect(explain({ object: none, endpoints: [endpoint(true)] }).causes[0]?.help).toContain(
      'controller runs',
    )
  })

  it('names pods that are not ready, and selectors without pods', () => {
    const targets = [{ id: '10.0.0.9', port: 80, state: 'draining' }]
    expect(explain({ object, targets, endpoints: [endpoint(false)] }).causes[0]).toMatchObject({
      said: 'pods are not ready: web-1',
      help: 'Look at one of them: neargate explain pod/web-1',
    })
    expect(explain({ object, targets: [], endpoints: [] }).causes[0]?.said).toContain('no pod has the labels')
  })
})

it('explains a Service inside of the cluster by its endpoints', () => {
  const told = explain({ object: service('ClusterIP'), endpoints: [endpoint(true)] })
  expect(told).toMatchObject({
    isWell: true,
    verdict: 'is of type ClusterIP, with 1 ready endpoints',
    causes: [],
  })
})

it('explains an Ingress by its targets', () => {
  const object = { ...service('', { hostname: 'alb.elb' }), kind: 'Ingress', spec: {} } as unknown as Ingress
  const targets = [{ id: '10.0.0.9', port: 80, state: 'healthy' }]
  expect(explainBalanced({ kind: 'Ingress', object, events: [], targets, endpoints: [] })).toMatchObject({
    subject: 'ingress shop/web',
    isWell: true,
  })
})

it('explains codes of problems, and nothing else', () => {
  expect(explainCode('no-nodes')).toMatchObject({
    isWell: false,
    verdict: expect.stringContaining('stops `up`'),
  })
  expect(explainCode('price-unknown')).toMatchObject({ isWell: true })
  expect(explainCode('toString')).toBeUndefined()
})

describe('a Gateway', () => {
  const gateway = (status: object) =>
    ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { namespace: 'shop', name: 'edge' },
      spec: { gatewayClassName: 'nlb', listeners: [] },
      status,
    }) as unknown as BalancedFacts['object']
  const addresses = [{ type: 'Hostname', value: 'edge.elb' }]

  it('is well with healthy targets alone', () => {
    const targets = [{ id: '10.0.0.9', port: 80, state: 'healthy' }]
    expect(explain({ kind: 'Gateway', object: gateway({ addresses }), targets })).toMatchObject({
      subject: 'gateway shop/edge',
      isWell: true,
      verdict: 'has 1 of 1 targets healthy',
      facts: [{ name: 'hostname', text: 'edge.elb' }],
    })
  })

  it('tells what its condition says where the controller has no event', () => {
    const conditions = [
      {
        type: 'Accepted',
        status: 'False',
        reason: 'Invalid',
        message: 'LoadBalancerConfiguration "a" not found',
      },
    ]
    const { causes } = explain({ kind: 'Gateway', object: gateway({ conditions }) })
    expect(causes).toMatchObject([
      { by: 'AWS Load Balancer Controller', said: 'Invalid: LoadBalancerConfiguration "a" not found' },
    ])
  })

  it('asks for the controller where nobody has said anything', () => {
    const { causes } = explain({ kind: 'Gateway', object: gateway({}) })
    expect(causes).toMatchObject([{ help: expect.stringContaining('gateway.k8s.aws/nlb') as string }])
  })
})
