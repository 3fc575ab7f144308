import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

/** Pods of add-ons on Fargate, and what they cost a month. */
function system(profiles: string, config?: string): string[] {
  const { workloads, cost } = plan(web, { profiles, ...(config === undefined ? {} : { config }) })
  return workloads
    .filter(({ namespace }) => namespace === 'kube-system')
    .map(({ name, namespace, replicas, capacity }) => {
      const item = cost.items.find((each) => each.name === `Fargate ${namespace}/${name}`)
      return `${name} ${replicas} x ${capacity}, ${item?.quantity} billed, priced: ${item?.monthly !== undefined}`
    })
}

const ALL = '[{name: fp, selectors: [{namespace: kube-system}, {namespace: shop}]}]'

describe('pods of add-ons', () => {
  it('are planned and priced where a profile takes them', () => {
    expect(system(ALL)).toEqual([
      'coredns 2 x 0.25vCPU 0.5GB, 2 billed, priced: true',
      'metrics-server 2 x 0.25vCPU 0.5GB, 2 billed, priced: true',
    ])
  })

  it.each([
    ['no profile selects them', '[{name: fp, selectors: [{namespace: shop}]}]', undefined, []],
    [
      'CoreDNS alone is selected by its label',
      '[{name: fp, selectors: [{namespace: kube-system, labels: {eks.amazonaws.com/component: coredns}}]}]',
      undefined,
      ['coredns'],
    ],
    [
      'a wildcard selects them, which does not move CoreDNS',
      '[{name: fp, selectors: [{namespace: kube-*}]}]',
      undefined,
      ['metrics-server'],
    ],
    ['the default add-ons are off', ALL, 'addonsConfig: {disableDefaultAddons: true}', []],
    [
      'one of them is asked for nevertheless',
      ALL,
      'addonsConfig: {disableDefaultAddons: true}\naddons: [{name: coredns}]',
      ['coredns'],
    ],
  ])('when %s', (_, profiles, config, expected) => {
    expect(system(profiles, config).map((text) => text.split(' ')[0])).toEqual(expected)
  })
})
