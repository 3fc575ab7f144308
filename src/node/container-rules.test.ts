import { describe, expect, it } from 'vitest'

import type { Container, Node, Pod, PodSpec } from '../../generated/kubernetes.d.ts'
import { rejectionOf } from './admission.ts'
import { crashBackoff, goDuration } from './backoff.ts'
import { privateDnsName } from '../base/private-dns.ts'
import { qosClass } from '../rules/kubernetes/qos.ts'
import { RequestCache } from '../rules/scheduling/requests.ts'
import { serviceVariables } from './service-variables.ts'

function pod(containers: Partial<Container>[], initContainers: Partial<Container>[] = []): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      containers: containers.map((one) => ({ name: 'web', ...one })),
      initContainers: initContainers.map((one) => ({ name: 'init', ...one })),
    },
  }
}

function asks(requests: Record<string, string>, limits?: Record<string, string>): Partial<Container> {
  return { resources: { requests, ...(limits && { limits }) } }
}

describe('the quality of service', () => {
  it.each<[string, Pod, string]>([
    ['nothing asked for', pod([{}]), 'BestEffort'],
    ['zero asked for', pod([asks({ cpu: '0' })]), 'BestEffort'],
    ['a request', pod([asks({ cpu: '100m' })]), 'Burstable'],
    ['limits alone', pod([asks({}, { cpu: '1', memory: '1Gi' })]), 'Guaranteed'],
    [
      'equal amounts, written differently',
      pod([asks({ cpu: '1000m', memory: '1024Mi' }, { cpu: '1', memory: '1Gi' })]),
      'Guaranteed',
    ],
    ['different amounts', pod([asks({ cpu: '1' }, { cpu: '2', memory: '1Gi' })]), 'Burstable'],
    ['one container of two', pod([asks({}, { cpu: '1', memory: '1Gi' }), {}]), 'Burstable'],
  ])('of %s', (_, subject, expected) => {
    expect(qosClass(subject)).toBe(expected)
  })
})

function refused(subject: Pod, others: readonly Pod[], allocatable: Record<string, string>, node?: Node) {
  return rejectionOf(subject, { others, allocatable, requests: new RequestCache(), node })
}

describe('a pod', () => {
  it('is refused when the node is full of pods', () => {
    const message = "Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2"
    const others = [pod([{}]), pod([{}])]
    expect(refused(pod([{}]), others, { cpu: '1', pods: '2' })).toEqual({ reason: 'OutOfpods', message })
    expect(refused(pod([{}]), others, { cpu: '1', pods: '3' })).toBeUndefined()
  })

  it('is refused when the port of the host that it wants is taken', () => {
    const wanting = (hostIP?: string): Pod => {
      const port = { containerPort: 80, hostPort: 8080, ...(hostIP === undefined ? {} : { hostIP }) }
      return pod([{ ports: [port] }])
    }
    expect(refused(wanting(), [wanting()], { pods: '9' })).toEqual({
      reason: 'NodePorts',
      message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    })
    expect(refused(wanting('10.0.0.1'), [wanting('10.0.0.2')], { pods: '9' })).toBeUndefined()
    expect(refused(wanting(), [pod([{}])], { pods: '9' })).toBeUndefined()
  })

  it.each<[string, Partial<PodSpec>, string | undefined]>([
    [
      'labels that the node does not have',
      { nodeSelector: { disk: 'ssd' } },
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    ['labels that it has', { nodeSelector: { disk: 'hdd' } }, 'TaintToleration'],
    ['nothing', {}, 'Predicate TaintToleration failed: node(s) had untolerated taint(s)'],
    ['its taint tolerated', { tolerations: [{ operator: 'Exists' }] }, undefined],
  ])('that wants %s', (_, spec, message) => {
    const taints = [
      { key: 'gone', effect: 'NoExecute' as const },
      { key: 'other', effect: 'NoSchedule' as const },
    ]
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { ...pod([]).metadata, name: 'n', labels: { disk: 'hdd' } },
      spec: { taints },
    }
    const subject = pod([{}])
    const found = refused({ ...subject, spec: { ...subject.spec, ...spec } }, [], { pods: '9' }, node)
    if (message === undefined) expect(found).toBeUndefined()
    else expect(found?.message).toContain(message)
  })

  it.each([
    [
      'a device that is taken',
      '1',
      "Node didn't have enough resource: nvidia.com/gpu, requested: 1, used: 1, capacity: 1",
    ],
    ['a device that is left', '2', undefined],
    ['a device that the node does not have', undefined, undefined],
  ])('that asks for %s', (_, devices, message) => {
    const asking = pod([asks({ 'nvidia.com/gpu': '1' })])
    const allocatable = { pods: '9', ...(devices && { 'nvidia.com/gpu': devices }) }
    expect(refused(asking, [asking], allocatable)?.message).toBe(message)
  })

  it('may be as large as what is left, and no larger', () => {
    const other = pod([asks({ cpu: '250m' })])
    expect(refused(pod([asks({ cpu: '750m' })]), [other], { cpu: '1', pods: '9' })).toBeUndefined()
    expect(refused(pod([asks({ cpu: '751m' })]), [other], { cpu: '1', pods: '9' })).toEqual({
      reason: 'OutOfcpu',
      message: "Node didn't have enough resource: cpu, requested: 751, used: 250, capacity: 1000",
    })
  })
})

describe('an EC2 machine', () => {
  it('is named after its address', () => {
    expect(privateDnsName('10.0.1.23', 'eu-west-1')).toBe('ip-10-0-1-23.eu-west-1.compute.internal')
    expect(privateDnsName('10.0.1.23', 'us-east-1')).toBe('ip-10-0-1-23.ec2.internal')
  })
})

describe('the wait before a restart', () => {
  it('doubles from ten seconds to five minutes, after a first restart at once', () => {
    let backoffMs = 0
    const waits = Array.from({ length: 8 }, () => {
      const { waitMs, nextMs } = crashBackoff(backoffMs, 1000)
      backoffMs = nextMs
      return goDuration(waitMs)
    })
    expect(waits).toEqual(['0s', '10s', '20s', '40s', '1m20s', '2m40s', '5m0s', '5m0s'])
  })

  it.each([
    [0, '0s'],
    [850, '850ms'],
    [1250, '1.25s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text)
  })

  it.each([
    [300_000, { waitMs: 160_000, nextMs: 300_000 }],
    [599_999, { waitMs: 160_000, nextMs: 300_000 }],
    [600_000, { waitMs: 0, nextMs: 10_000 }],
  ])('starts over after a run of ten minutes, not after one of %d ms', (ranMs, expected) => {
    expect(crashBackoff(160_000, ranMs)).toEqual(expected)
  })
})

it('gives the variables of Services', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'redis-primary',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: { clusterIP: '10.0.0.11', ports: [{ name: 'db-port', port: 6379 }] },
  }
  // https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
  expect(serviceVariables([service])).toEqual({
    REDIS_PRIMARY_SERVICE_HOST: '10.0.0.11',
    REDIS_PRIMARY_SERVICE_PORT: '6379',
    REDIS_PRIMARY_SERVICE_PORT_DB_PORT: '6379',
    REDIS_PRIMARY_PORT: 'tcp://10.0.0.11:6379',
    REDIS_PRIMARY_PORT_6379_TCP: 'tcp://10.0.0.11:6379',
    REDIS_PRIMARY_PORT_6379_TCP_PROTO: 'tcp',
    REDIS_PRIMARY_PORT_6379_TCP_PORT: '6379',
    REDIS_PRIMARY_PORT_6379_TCP_ADDR: '10.0.0.11',
  })
  expect(serviceVariables([{ ...service, spec: { ...service.spec, clusterIP: 'None' } }])).toEqual({})
})
