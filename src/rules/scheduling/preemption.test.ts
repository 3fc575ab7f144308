import { describe, expect, test } from 'vitest'

import type { Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { requesting, sampleNode, samplePod } from '../../controllers/testing/samples.ts'
import { splitByBudgets } from '../kubernetes/disruption.ts'
import { planPreemption } from './preemption.ts'
import { RequestCache } from './requests.ts'
import { takeSnapshot } from './snapshot.ts'

function budget(app: string, disruptionsAllowed: number, disrupted: string[] = []): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...samplePod(app).metadata, name: app },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, disruptedPods: Object.fromEntries(disrupted.map((name) => [name, ''])) },
  }
}

const pod = (name: string, app: string, nodeName = 'n', priority = 0): Pod =>
  samplePod(name, { labels: { app }, spec: { ...requesting({ cpu: '1' }), nodeName, priority } })

const names = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name)

describe('pods under budgets', () => {
  const pods = [pod('a', 'x'), pod('b', 'x'), pod('c', 'y')]

  test.each([
    [[], []],
    [[budget('x', 2)], []],
    [[budget('x', 1)], ['b']],
    [
      [budget('x', 0), budget('y', 0)],
      ['a', 'b', 'c'],
    ],
    [[budget('x', 0, ['a'])], ['b']],
    [[{ ...budget('x', 0), spec: { selector: {} } }], []],
  ])('%#: those that may not go', (budgets, violating) => {
    const split = splitByBudgets(pods, budgets)
    expect(names(split.violating)).toEqual(violating)
    expect(names(split.others)).toEqual(names(pods).filter((name) => !violating.includes(name)))
  })
})

function preempted(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): [string, string[]] | string {
  const requests = new RequestCache()
  const nodes = [...new Set(pods.map(({ spec }) => spec.nodeName ?? ''))].map((name) => sampleNode(name))
  const taken = takeSnapshot({ nodes, pods, namespaces: [], placed: new Map() }, requests)
  const snapshot = { ...taken, budgets: () => budgets }
  const rejections = new Map(snapshot.nodes.map((info) => [info, { reasons: [], isUnresolvable: false }]))
  const asking = samplePod('big', { spec: { ...requesting({ cpu: '1' }), priority: 10 } })
  const outcome = planPreemption({ pod: asking, snapshot, rejections, requests })
  return 'message' in outcome ? outcome.message : [outcome.node.node.metadata.name, names(outcome.victims)]
}

describe('preemption', () => {
  test('takes the pod that no budget keeps, even if it is the more important', () => {
    const pods = [pod('kept', 'x'), pod('free', 'y', 'n', 5)]
    expect(preempted(pods, [budget('x', 0)])).toEqual(['n', ['free']])
    expect(preempted(pods, [])).toEqual(['n', ['kept']])
  })

  test('prefers the node where no budget is hurt', () => {
    const pods = [pod('a', 'x', 'm'), pod('b', 'x', 'm'), pod('c', 'y', 'n', 5), pod('d', 'y', 'n', 5)]
    expect(preempted(pods, [budget('x', 0)])).toEqual(['n', ['d']])
    expect(preempted(pods, [])).toEqual(['m', ['b']])
  })

  test('hurts a budget when nothing else makes room', () => {
    const pods = [pod('a', 'x'), pod('b', 'x')]
    expect(preempted(pods, [budget('x', 0)])).toEqual(['n', ['b']])
  })
})
