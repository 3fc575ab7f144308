import { expect, test } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { today } from './testing/plan-of.ts'

function told(remote: string, target: 'near' | 'aws'): string[] {
  const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: us-west-2, version: "1.35"}
managedNodeGroups: [{name: ng, instanceType: t3.large}]
${remote}
`
  const project = readProject(['cluster.yaml'], memoryFiles({ 'cluster.yaml': cluster }))
  return makePlan(project, { today, target })
    .problems.map(({ code, severity }) => `${severity} ${code}`)
    .filter((each) => each.includes('hybrid') || each.startsWith('error'))
}

const HYBRID = 'remoteNetworkConfig: {remoteNodeNetworks: [{cidrs: ["10.52.0.0/16"]}]}'

test('a near plan warns that no hybrid node joins, and refuses nothing', () => {
  expect(told(HYBRID, 'near')).toEqual(['warning hybrid-nodes'])
})

const GATEWAY = 'remoteNetworkConfig: {vpcGatewayID: tgw-0a, remoteNodeNetworks: [{cidrs: ["10.52.0.0/16"]}]}'
const ANYWHERE =
  'remoteNetworkConfig: {iam: {provider: IRA, caBundleCert: PEM}, remoteNodeNetworks: [{cidrs: ["10.52.0.0/16"]}]}'

test.each([GATEWAY, ANYWHERE])('a near plan refuses what is not emulated: %s', (remote) => {
  expect(told(remote, 'near')).toEqual(['warning hybrid-nodes', 'error field-not-near'])
})

test.each([HYBRID, GATEWAY, ANYWHERE])('a plan for AWS has nothing to say of %s', (remote) => {
  expect(told(remote, 'aws')).toEqual([])
})

test('a plan without hybrid nodes does not speak of them', () => {
  expect(told('', 'near')).toEqual([])
})
