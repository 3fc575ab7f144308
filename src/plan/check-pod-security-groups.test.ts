import { describe, expect, it } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { deployment, plan, today } from './testing/plan-of.ts'

const POLICY = `---
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: db, namespace: bank}
spec: {podSelector: {matchLabels: {app: web}}, securityGroups: {groupIds: [sg-1]}}
`
const ACCOUNT = `---
apiVersion: v1
kind: ServiceAccount
metadata: {name: payer, namespace: bank, labels: {team: pay}}
`
const EC2 = deployment('bank', '{containers: [{name: c, image: i}]}')
const FARGATE = deployment('shop', '{containers: [{name: c, image: i}]}')
const ON = `addons: [{name: vpc-cni, configurationValues: '{"env": {"ENABLE_POD_ENI": "true"}}'}]`
const M5 = '[{name: ng, instanceType: t3.xlarge}, {name: big, instanceType: m5.large}]'

function said(manifests: string, { config, nodes }: { config?: string; nodes?: string }): string[] {
  return plan(manifests, { config: config ?? 'addons: [{name: vpc-cni}]', ...(nodes && { nodes }) })
    .problems.filter(({ code }) => code.startsWith('pod-security-groups') || code === 'kind-not-defined')
    .map(({ code, message }) => `${code} ${message}`)
}

describe('SecurityGroupPolicies', () => {
  const OFF = [
    'pod-security-groups-off SecurityGroupPolicy bank/db keeps Deployment bank/web Pending: no node offers vpc.amazonaws.com/pod-eni unless the add-on vpc-cni is told to',
  ]
  const NO_NODE = [
    'pod-security-groups-no-node SecurityGroupPolicy bank/db keeps Deployment bank/web Pending: nodes of type t3.xlarge have no branch interfaces',
  ]
  const byAccount = POLICY.replace(
    'podSelector: {matchLabels: {app: web}}',
    'serviceAccountSelector: {matchLabels: {team: pay}}',
  )
  const payer = deployment('bank', '{serviceAccountName: payer, containers: [{name: c, image: i}]}')

  it.each<[string, string, { config?: string; nodes?: string }, string[]]>([
    ['keep pods from starting where the CNI is told nothing', EC2 + POLICY, {}, OFF],
    ['keep them where no node has such interfaces', EC2 + POLICY, { config: ON }, NO_NODE],
    ['are fine with a node that has', EC2 + POLICY, { config: ON, nodes: M5 }, []],
    ['need neither on Fargate', FARGATE + POLICY.replace('bank', 'shop'), {}, []],
    ['select in their namespace', EC2 + POLICY.replace('bank', 'ops'), {}, []],
    ['select by service account', payer + ACCOUNT + byAccount, {}, OFF],
    ['do not select an account without the label', EC2 + ACCOUNT + byAccount, {}, []],
  ])('%s', (_, manifests, given, problems) => {
    expect(said(manifests, given)).toEqual(problems)
  })
})

describe('where pods are stand-ins', () => {
  const NETWORK = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: bank}
spec: {podSelector: {}}
`
  const told = (manifests: string, addons: string, target: 'near' | 'aws' = 'near'): string[] => {
    const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: us-east-1, version: "1.35"}
managedNodeGroups: [{name: ng, instanceType: m5.large}]
${addons}
`
    const files = memoryFiles({ 'cluster.yaml': cluster, 'app.yaml': manifests })
    const project = readProject(['cluster.yaml', 'app.yaml'], files)
    return makePlan(project, { today, target, hasOnlyStandIns: true })
      .problems.filter(({ code }) => code === 'stand-ins-send-nothing')
      .map(({ message }) => message)
  }
  const POLICIES = `addons: [{name: vpc-cni, configurationValues: '{"enableNetworkPolicy": "true"}'}]`

  it('rules between pods are said to be untried, and only near', () => {
    const both = [
      'SecurityGroupPolicy db, NetworkPolicy closed: not tried between pods here, because stand-ins send each other nothing',
    ]
    expect(told(EC2 + POLICY + NETWORK, POLICIES)).toEqual(both)
    expect(told(EC2 + POLICY + NETWORK, POLICIES, 'aws')).toEqual([])
  })

  it('nothing is said of policies that nobody enforces, nor where there are none', () => {
    expect(told(EC2 + NETWORK, 'addons: []')).toEqual([])
    expect(told(EC2, POLICIES)).toEqual([])
  })
})
