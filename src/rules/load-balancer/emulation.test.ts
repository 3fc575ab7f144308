import { describe, expect, it } from 'vitest'

import { PREFIX } from './annotations.ts'
import { annotationTable, ignoredAnnotations, readSuffixes, refusals } from './emulation.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

const udp = { port: 80, protocol: 'UDP' as const }

describe('refused by name', () => {
  it.each<[string, Variation]>([
    [
      `${PREFIX}minimum-load-balancer-capacity`,
      { annotations: { 'minimum-load-balancer-capacity': 'CapacityUnits=9' } },
    ],
    [`${PREFIX}multi-cluster-target-group`, { annotations: { 'multi-cluster-target-group': '1' } }],
    [
      'service.beta.kubernetes.io/actions.TCP-80',
      { annotations: { 'service.beta.kubernetes.io/actions.TCP-80': '{}' } },
    ],
    [
      'service.beta.kubernetes.io/actions.UDP-80',
      { annotations: { 'service.beta.kubernetes.io/actions.UDP-80': '{}' }, spec: { ports: [udp] } },
    ],
    [
      `${PREFIX}quic-enabled-ports`,
      { annotations: { 'quic-enabled-ports': 'a,80' }, spec: { ports: [udp] } },
    ],
  ])('%s', (name, variation) => {
    const [refusal, ...others] = refusals(sampleService(variation))
    expect(refusal).toMatchObject({
      message: `annotation ${name} is not emulated by Neargate`,
      path: ['metadata', 'annotations', name],
      isNotEmulated: true,
    })
    expect(others).toEqual([])
  })

  it('is each of several', () => {
    const annotations = {
      'multi-cluster-target-group': 'true',
      'minimum-load-balancer-capacity': 'a',
      scheme: 'internal',
    }
    expect(refusals(sampleService({ annotations }))).toHaveLength(2)
  })
})

it.each<Record<string, string>>([
  { 'ssl-cert': 'arn:aws:acm:eu-west-1:1:certificate/a' },
  { 'access-log-enabled': 'false' },
  { 'ip-address-type': 'ipv4' },
  { 'ip-address-type': 'dualstack' },
  { 'multi-cluster-target-group': 'false' },
  { 'service.beta.kubernetes.io/actions.TCP-81': '{}' },
  { 'service.beta.kubernetes.io/actions.UDP-80': '{}' },
  { 'nlb-target-typ': 'ip' },
  { 'connection-idle-timeout': '60' },
])('what has no effect on AWS or is the default there is not refused: %j', (annotations) => {
  expect(refusals(sampleService({ annotations }))).toEqual([])
})

it('annotations that the controller does not read are known', () => {
  const { metadata } = sampleService({
    annotations: {
      'nlb-target-typ': 'ip',
      'connection-idle-timeout': '60',
      'target-group-attributes.80': 'a=b',
      'listener-attributes.TCP-80': 'a=b',
      'scheme.80': 'internal',
      constructor: 'x',
      scheme: 'internal',
      'example.com/own': 'x',
    },
  })
  expect(ignoredAnnotations(metadata.annotations)).toEqual([
    `${PREFIX}nlb-target-typ`,
    `${PREFIX}connection-idle-timeout`,
    `${PREFIX}scheme.80`,
    `${PREFIX}constructor`,
  ])
  expect(ignoredAnnotations()).toEqual([])
})

it('the table has each annotation once, with what it does', () => {
  const names = annotationTable().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(annotationTable()).toContainEqual({ name: `${PREFIX}scheme`, effect: 'acts' })
  expect(names).toContain(`${PREFIX}listener-attributes.…`)
  expect(readSuffixes()).not.toContain('listener-attributes.')
})
