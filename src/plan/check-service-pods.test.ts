import { describe, expect, it } from 'vitest'

import { CONTAINERS, deployment, IP, plan, service, web } from './testing/plan-of.ts'

function found(manifests: string): { readonly message: string; readonly help: string }[] {
  return plan(manifests)
    .problems.filter(({ code }) => code === 'service-without-pods')
    .map(({ message, help }) => ({ message, help }))
}

const MESSAGE =
  'Service shop/web selects no pods of the files (app: web): its load balancer has no healthy target'

describe('a load balancer without pods', () => {
  it.each([
    [
      'other labels in its namespace',
      deployment('shop', `{${CONTAINERS}}`, { labels: '{app: site, tier: front}' }),
      'The pods of Deployment shop/web have app: site, tier: front.',
    ],
    [
      'its labels in another namespace',
      deployment('store', `{${CONTAINERS}}`),
      'Deployment store/web has these labels; a Service selects in its own namespace.',
    ],
  ])('is told with %s', (_, manifests, help) => {
    expect(found(manifests + service(IP))).toEqual([{ message: MESSAGE, help }])
  })

  it.each([
    ['a Deployment', web],
    [
      'a kind of somebody else with a pod template',
      web.replace('apiVersion: apps/v1\nkind: Deployment', 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout'),
    ],
    [
      'a CronJob',
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web, namespace: shop}\n' +
        `spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, ${CONTAINERS}}}}}}\n`,
    ],
  ])('is none before %s', (_, manifests) => {
    expect(found(manifests + service(IP))).toEqual([])
  })
})
