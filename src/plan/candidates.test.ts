import { describe, expect, it } from 'vitest'

import { allocatableOf } from '../rules/nodes/allocatable.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'
import { deployment, plan, requesting } from './testing/plan-of.ts'

const TAINTED =
  '[{name: a, instanceType: t3.xlarge, labels: {team: a}, taints: [{key: team, value: a, effect: NoSchedule}]}, {name: b, instanceType: t3.large, labels: {team: b}, taints: [{key: team, value: b, effect: NoExecute}]}]'
const CONTAINERS = 'containers: [{name: web, image: nginx, resources: {requests: {cpu: 250m}}}]'

/** What is said of a Deployment on EC2 with this pod spec. */
function said(podSpec: string, nodes?: string): string[] {
  const given = { profiles: '[]', config: '', ...(nodes ? { nodes } : {}) }
  return plan(deployment('store', podSpec), given).problems.map(({ code, message }) => `${code} ${message}`)
}

function requiring(term: string): string {
  return `{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [${term}]}}}, ${CONTAINERS}}`
}

describe('pods on EC2', () => {
  it.each<[string, string, string | undefined]>([
    ['a toleration of every taint', `{tolerations: [{operator: Exists}], ${CONTAINERS}}`, undefined],
    [
      "a toleration of one group's taint",
      `{tolerations: [{key: team, value: b, effect: NoExecute}], ${CONTAINERS}}`,
      undefined,
    ],
    [
      'a toleration of another value',
      `{tolerations: [{key: team, value: c}], ${CONTAINERS}}`,
      'no-nodes Deployment store/web has nowhere to run: a: node(s) had untolerated taint {team: a}; b: node(s) had untolerated taint {team: b}',
    ],
    [
      'a toleration of another effect',
      `{tolerations: [{key: team, value: a, effect: NoExecute}], ${CONTAINERS}}`,
      'no-nodes Deployment store/web has nowhere to run: a: node(s) had untolerated taint {team: a}; b: node(s) had untolerated taint {team: b}',
    ],
    [
      'tolerated, but of another label',
      `{tolerations: [{operator: Exists}], nodeSelector: {pool: gpu}, ${CONTAINERS}}`,
      "no-nodes Deployment store/web has nowhere to run: a: node(s) didn't match Pod's node affinity/selector; b: node(s) didn't match Pod's node affinity/selector",
    ],
  ])('%s', (_, podSpec, expected) => {
    expect(said(podSpec, TAINTED)).toEqual(expected === undefined ? [] : [expected])
  })

  it.each<[string, string, boolean]>([
    [
      'an architecture of the group',
      '{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}',
      true,
    ],
    [
      'another architecture',
      '{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [arm64]}]}',
      false,
    ],
    [
      'one of two terms',
      '{matchExpressions: [{key: x, operator: Exists}]}, {matchExpressions: [{key: x, operator: DoesNotExist}]}',
      true,
    ],
    [
      'a zone, which no one knows yet',
      '{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [ap-southeast-1b]}]}',
      true,
    ],
    [
      'a zone and another label',
      '{matchExpressions: [{key: topology.kubernetes.io/zone, operator: Exists}, {key: x, operator: Exists}]}',
      false,
    ],
    [
      'spot',
      '{matchExpressions: [{key: eks.amazonaws.com/capacityType, operator: In, values: [SPOT]}]}',
      false,
    ],
  ])('required affinity to %s', (_, term, fits) => {
    expect(said(requiring(term)).map((text) => text.split(' ')[0])).toEqual(fits ? [] : ['no-nodes'])
  })

  it('leaves a node name or zone asked for by selector open', () => {
    expect(said(`{nodeSelector: {kubernetes.io/hostname: ip-10-0-0-1}, ${CONTAINERS}}`)).toEqual([])
  })

  it('takes a pod exactly as large as the node, and none a little larger', () => {
    const type = instanceType('t3.xlarge')
    const { cpuMilli, memoryMiB } = type ? allocatableOf(type) : { cpuMilli: 0, memoryMiB: 0 }
    expect(said(requesting(`{cpu: ${cpuMilli}m, memory: ${memoryMiB}Mi}`))).toEqual([])
    const [cpu, memory] = [`${cpuMilli + 1}m`, `${memoryMiB + 1}Mi`]
    expect(said(requesting(`{cpu: ${cpu}}`))).toEqual([expect.stringContaining(`requests cpu ${cpu} and`)])
    expect(said(requesting(`{memory: ${memory}}`))).toEqual([
      expect.stringContaining(`memory ${memory} a pod`),
    ])
  })

  it('finds no devices on nodes that have none', () => {
    const podSpec = '{containers: [{name: web, image: nginx, resources: {limits: {nvidia.com/gpu: 1}}}]}'
    expect(said(podSpec)).toEqual([
      'no-nodes Deployment store/web has nowhere to run: ng: Insufficient nvidia.com/gpu',
    ])
  })

  it('judges a group of an unknown type by its labels alone', () => {
    expect(said(requesting('{cpu: 90}'), '[{name: ng, instanceType: x9.huge}]')).toEqual([
      'price-unknown no price known in ap-southeast-1 for Node group ng (x9.huge)',
      'instance-type-unknown node group ng: instance type x9.huge is not known',
    ])
  })
})
