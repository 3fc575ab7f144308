import { describe, expect, it } from 'vitest'

import { getsClass, isClaimed, isClaimedOnceCreated, targetTypeOf, type ClaimableService } from './claim.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

interface Given {
  readonly type?: string
  readonly class?: string
  readonly annotations?: Readonly<Record<string, string>>
}

function service(given: Given): ClaimableService {
  const named = Object.entries(given.annotations ?? {}).map(([key, value]) => [PREFIX + key, value])
  return {
    metadata: { annotations: Object.fromEntries(named) as Record<string, string> },
    spec: {
      type: given.type ?? 'LoadBalancer',
      ...(given.class !== undefined && { loadBalancerClass: given.class }),
    },
  }
}

const ours = 'service.k8s.aws/nlb'
const external = (targetType: string) => ({ type: 'external', 'nlb-target-type': targetType })

// pkg/service/service_utils_test.go; the last column: after the webhook has seen the creation.
describe.each<[string, Given, boolean, boolean]>([
  ['of the class', { class: ours }, true, true],
  ['of another class', { class: 'tailscale' }, false, false],
  [
    'of another class with annotations',
    { class: 'tailscale', annotations: { type: 'nlb-ip' } },
    false,
    false,
  ],
  ['without a class', {}, false, true],
  ['of type nlb-ip', { annotations: { type: 'nlb-ip' } }, true, true],
  ['of type external with ip', { annotations: external('ip') }, true, true],
  ['of type external with instance', { annotations: external('instance') }, true, true],
  ['of type external alone', { annotations: { type: 'external' } }, false, true],
  ['with a target type alone', { annotations: { 'nlb-target-type': 'ip' } }, false, true],
  ['of type nlb', { annotations: { type: 'nlb' } }, false, true],
  ['that is a ClusterIP', { type: 'ClusterIP' }, false, false],
  // Gate ServiceTypeLoadBalancerOnly is off: an annotation claims a Service of any type.
  ['that is a ClusterIP of type external', { type: 'ClusterIP', annotations: external('ip') }, true, true],
  [
    'that is a ClusterIP with a target type',
    { type: 'ClusterIP', annotations: { 'nlb-target-type': 'ip' } },
    false,
    false,
  ],
])('a Service %s', (_, given, claimed, onceCreated) => {
  it('is claimed or not', () => {
    expect(isClaimed(service(given))).toBe(claimed)
    expect(isClaimedOnceCreated(service(given))).toBe(onceCreated)
  })

  it('is not while it is being deleted', () => {
    const { spec = null, metadata } = service(given)
    expect(isClaimed({ spec, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })).toBe(
      false,
    )
  })
})

it.each([null, undefined, {}])("a Service with the spec %j is nobody's", (spec) => {
  expect(isClaimedOnceCreated({ metadata: {}, spec: spec ?? null })).toBe(false)
})

it('the class is given to new LoadBalancers without one only', () => {
  expect(getsClass(service({}))).toBe(true)
  expect(getsClass(service({ class: '' }))).toBe(true)
  expect(getsClass(service({ class: 'tailscale' }))).toBe(false)
  expect(getsClass(service({ type: 'NodePort' }))).toBe(false)
})

// buildTargetType: a value that it does not know is its default.
it.each([
  [{}, 'instance'],
  [{ 'nlb-target-type': 'ip' }, 'ip'],
  [{ 'nlb-target-type': 'instance' }, 'instance'],
  [{ 'nlb-target-type': 'bogus' }, 'instance'],
  [{ type: 'nlb-ip' }, 'ip'],
  [{ type: 'nlb-ip', 'nlb-target-type': 'instance' }, 'ip'],
] as const)('annotations %j mean target type %s', (annotations, expected) => {
  expect(targetTypeOf(service({ annotations }).metadata.annotations)).toBe(expected)
})
