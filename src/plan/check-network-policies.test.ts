import { describe, expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const POLICY = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
`
const EC2 = deployment('bank', '{containers: [{name: c, image: i}]}')
const FARGATE = deployment('shop', '{containers: [{name: c, image: i}]}')
const ON = `addons: [{name: vpc-cni, configurationValues: '{"enableNetworkPolicy": "true"}'}]`

function said(manifests: string, config = 'addons: [{name: vpc-cni}]'): string[] {
  return plan(manifests, { config })
    .problems.filter(({ code }) => code.startsWith('network-policy'))
    .map(({ code, message, line }) => `${line} ${code} ${message}`)
}

const OFF = [
  '11 network-policy-off no NetworkPolicy has an effect (closed): the add-on vpc-cni does not enforce them unless it is told to',
]

describe('network policies', () => {
  it.each<[string, string, string | undefined, string[]]>([
    ['hold nobody without the add-on', EC2 + POLICY, 'addons: []', OFF],
    ['hold nobody where it is told nothing', EC2 + POLICY, undefined, OFF],
    ['hold nobody where it is told no', EC2 + POLICY, ON.replace('true', 'false'), OFF],
    ['hold nobody where its values cannot be read', EC2 + POLICY, ON.replace('}', ''), OFF],
    ['hold where it is told to', EC2 + POLICY, ON, []],
    [
      'told in YAML too',
      EC2 + POLICY,
      `addons: [{name: vpc-cni, configurationValues: 'enableNetworkPolicy: "true"'}]`,
      [],
    ],
    [
      'hold no pods on Fargate',
      FARGATE + POLICY,
      ON,
      [
        '13 network-policy-on-fargate NetworkPolicy shop/closed does not hold for Deployment shop/web: on Fargate none is enforced',
      ],
    ],
    ['are not missed where there are none', EC2, 'addons: []', []],
  ])('%s', (_, manifests, config, problems) => {
    expect(said(manifests, config)).toEqual(problems)
  })
})
