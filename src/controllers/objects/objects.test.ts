import { describe, expect, test } from 'vitest'

import type {
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Taint,
  Toleration,
} from '../../../generated/kubernetes.d.ts'
import { sampleNode, templateOf } from '../testing/samples.ts'
import { matchesNodeTerm, namedNodes } from '../../rules/scheduling/node-affinity.ts'
import { resolveIntOrPercent } from './percent.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { isSameStatus } from './state.ts'
import { toleratesTaint } from '../../rules/scheduling/taint.ts'
import { isSameTemplate, POD_TEMPLATE_HASH, templateHash, withTemplateLabels } from './template.ts'

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front' }
  const expression = (operator: string, key: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  })

  // kubernetes docs, concepts/overview/working-with-objects/labels.
  test.each([
    [undefined, false],
    [{}, true],
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'db' } }, false],
    [expression('In', 'app', 'db', 'web'), true],
    [expression('NotIn', 'app', 'web'), false],
    [expression('NotIn', 'zone', 'a'), true],
    [expression('Exists', 'tier'), true],
    [expression('DoesNotExist', 'tier'), false],
    [expression('Unheard', 'tier'), false],
  ])('%j -> %s', (selector, expected) => {
    expect(matchesLabelSelector(selector, labels)).toBe(expected)
  })
})

describe('tolerations', () => {
  const taint: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' }

  // kubernetes staging core/v1: TestTolerationToleratesTaint.
  test.each<[Toleration, boolean]>([
    [{ operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, true],
    [{ key: 'k', value: 'v' }, true],
    [{ key: 'k', operator: 'Equal', value: 'other' }, false],
    [{ key: 'other', operator: 'Exists' }, false],
  ])('%j -> %s', (toleration, expected) => {
    expect(toleratesTaint(toleration, taint)).toBe(expected)
  })
})

describe('node affinity terms', () => {
  const node = sampleNode('n', { labels: { cpus: '8', disk: 'ssd' } })
  const labelled = (
    operator: NodeSelectorRequirement['operator'],
    key: string,
    ...values: string[]
  ): NodeSelectorTerm => ({
    matchExpressions: [{ key, operator, values }],
  })

  // kubernetes component-helpers nodeaffinity_test.go.
  test.each([
    [{}, false],
    [labelled('In', 'disk', 'ssd', 'nvme'), true],
    [labelled('NotIn', 'disk', 'ssd'), false],
    [labelled('Gt', 'cpus', '4'), true],
    [labelled('Lt', 'cpus', '4'), false],
    [labelled('Gt', 'disk', '4'), false],
    [labelled('DoesNotExist', 'gpu'), true],
    [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['n'] }] }, true],
    [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['m'] }] }, false],
  ])('%j -> %s', (term, expected) => {
    expect(matchesNodeTerm(term, node)).toBe(expected)
  })

  test('name nodes only when every alternative does', () => {
    const named = { matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['n'] }] }
    const spec = (...nodeSelectorTerms: NodeSelectorTerm[]) => ({
      containers: [],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    })
    expect(namedNodes(spec(named))).toEqual(new Set(['n']))
    expect(namedNodes(spec(named, labelled('Exists', 'disk')))).toBeUndefined()
    expect(namedNodes({ containers: [] })).toBeUndefined()
  })
})

test.each([
  ['25%', 10, 'up', 3],
  ['25%', 10, 'down', 2],
  ['70%', 10, 'up', 7],
  [4, 10, 'up', 4],
  [undefined, 10, 'up', 0],
] as const)('%s of %s rounded %s is %s', (value, total, round, expected) => {
  expect(resolveIntOrPercent(value, total, round)).toBe(expected)
})

test('the template hash is stable, told apart by collisions, and no part of what makes templates equal', () => {
  const template = templateOf('nginx')
  expect(templateHash(template)).toBe(templateHash(templateOf('nginx')))
  expect(templateHash(template, 1)).not.toBe(templateHash(template))
  expect(isSameTemplate(template, withTemplateLabels(template, { [POD_TEMPLATE_HASH]: 'x' }))).toBe(true)
  expect(isSameTemplate(template, templateOf('other'))).toBe(false)
})

test('a status that the server stored without its zeros is the same', () => {
  expect(isSameStatus({ replicas: 2, unavailableReplicas: 0, conditions: [] }, { replicas: 2 })).toBe(true)
  expect(isSameStatus({ replicas: 2 }, { replicas: 1 })).toBe(false)
})
