import { expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const NODES =
  '[{name: linux, instanceType: m5.large}, {name: win, amiFamily: WindowsServer2022CoreContainer}]'
const CONTAINER = 'containers: [{name: web, image: nginx}]'

function messages(podSpec: string, nodes = NODES, target: 'near' | 'aws' = 'near'): string[] {
  return plan(deployment('default', podSpec), { nodes, target })
    .problems.filter(({ code }) => /windows|no-nodes/.test(code))
    .map(({ code, message }) => `${code}: ${message}`)
}

const NEAR = 'windows-not-near: the nodes of win run Windows, whose containers this machine cannot run'

it.each([
  [`{${CONTAINER}, nodeSelector: {kubernetes.io/os: linux}}`, []],
  [`{${CONTAINER}, nodeSelector: {kubernetes.io/os: windows}}`, []],
  [`{${CONTAINER}, os: {name: windows}, nodeSelector: {kubernetes.io/os: windows}}`, []],
  [
    `{${CONTAINER}}`,
    [
      'linux-on-windows: Deployment default/web may be placed on the Windows nodes of win, where its images do not start',
    ],
  ],
])('of pods %s', (podSpec, others) => {
  expect(messages(podSpec)).toEqual([...others, NEAR])
  expect(messages(podSpec, NODES, 'aws')).toEqual(others)
})

it('counts no Windows node for pods of Linux, and taints keep them off', () => {
  const only = '[{name: win, amiFamily: WindowsServer2022CoreContainer}]'
  expect(messages(`{${CONTAINER}}`, only)).toContain(
    'no-nodes: Deployment default/web has nowhere to run: win: node(s) run Windows',
  )
  const tainted =
    '[{name: linux}, {name: win, amiFamily: WindowsServer2022CoreContainer, taints: [{key: os, value: windows, effect: NoSchedule}]}]'
  expect(messages(`{${CONTAINER}}`, tainted)).toEqual([NEAR])
})

it('has no price of Linux for Windows', () => {
  const { cost } = plan('', { nodes: '[{name: win, amiFamily: WindowsServer2022CoreContainer}]' })
  expect(cost.items.find(({ name }) => name === 'Node group win')).toMatchObject({ note: 'no price known' })
})
