import { describe, expect, it } from 'vitest'

import type { DaemonSet, LabelSelector } from '../../../generated/kubernetes.d.ts'
import {
  asksForBranch,
  branchInterfaces,
  enablesPodEni,
  groupsOfPod,
  isPodEniEnabled,
  type SecurityGroupPolicy,
} from './pod-security-groups.ts'

function policy(
  groupIds: string[],
  selectors: { podSelector?: LabelSelector; serviceAccountSelector?: LabelSelector },
): SecurityGroupPolicy {
  return {
    apiVersion: 'vpcresources.k8s.aws/v1beta1',
    kind: 'SecurityGroupPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'u' } as SecurityGroupPolicy['metadata'],
    spec: { ...selectors, securityGroups: { groupIds } },
  }
}

const web = { podSelector: { matchLabels: { app: 'web' } } }
const billing = { serviceAccountSelector: { matchLabels: { team: 'billing' } } }
const pod = { labels: { app: 'web' }, accountLabels: { team: 'billing' } }

describe('the groups of a pod', () => {
  it.each([
    ['of a policy that selects its labels', [policy(['sg-1'], web)], ['sg-1']],
    ['of one that selects its service account', [policy(['sg-2'], billing)], ['sg-2']],
    [
      'of all together, each once',
      [policy(['sg-1', 'sg-2'], web), policy(['sg-2', 'sg-3'], billing)],
      ['sg-1', 'sg-2', 'sg-3'],
    ],
    ['of one whose both selectors match', [policy(['sg-1'], { ...web, ...billing })], ['sg-1']],
    [
      'not of one of whose selectors only one matches',
      [policy(['sg-1'], { ...web, serviceAccountSelector: { matchLabels: { team: 'ops' } } })],
      [],
    ],
    ['of one with an empty selector', [policy(['sg-1'], { podSelector: {} })], ['sg-1']],
    ['not of one without a selector', [policy(['sg-1'], {})], []],
    ['of no policy', [], []],
  ])('are those %s', (_, policies, groups) => {
    expect(groupsOfPod(policies, pod)).toEqual(groups)
  })
})

describe('nodes for them', () => {
  it.each([
    ['m5.large', 9],
    ['m5.2xlarge', 38],
    ['c6g.xlarge', 18],
    ['t3.large', undefined],
    ['t2.micro', undefined],
    ['mars.large', undefined],
  ])('%s takes %s', (type, count) => {
    expect(branchInterfaces(type)).toBe(count)
  })

  it.each([
    [{ env: { ENABLE_POD_ENI: 'true' } }, true],
    [{ env: { ENABLE_POD_ENI: true } }, true],
    [{ env: { ENABLE_POD_ENI: 'false' } }, false],
    [{ env: 'ENABLE_POD_ENI' }, false],
    [{}, false],
  ])('are turned on by %j: %s', (values, isOn) => {
    expect(isPodEniEnabled(values)).toBe(isOn)
  })

  it.each([
    ['aws-node', 'true', true],
    ['aws-node', 'false', false],
    ['aws-eks-nodeagent', 'true', false],
  ])('are turned on by the variable of %s that is %s: %s', (name, value, isOn) => {
    const containers = [{ name, env: [{ name: 'ENABLE_POD_ENI', value }] }]
    expect(enablesPodEni({ spec: { template: { spec: { containers } } } } as DaemonSet)).toBe(isOn)
    expect(enablesPodEni(undefined)).toBe(false)
  })
})

it('a pod asks for an interface by its resource', () => {
  const resources = { requests: { 'vpc.amazonaws.com/pod-eni': '1' } }
  expect(asksForBranch({ spec: { containers: [{ name: 'a' }, { name: 'b', resources }] } })).toBe(true)
  expect(
    asksForBranch({ spec: { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] } }),
  ).toBe(false)
})
