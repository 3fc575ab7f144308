import { describe, expect, it } from 'vitest'

import { loadBalancerControllerStatements } from './load-balancer-policy.ts'
import { enabledPolicies, inlinePolicyResources, nodePolicies, wellKnownPolicies } from './policies.ts'
import { ref } from './template.ts'

describe('enabledPolicies', () => {
  it('takes what is true, in the order of the table', () => {
    const enabled = enabledPolicies(nodePolicies, {
      ebs: true,
      autoScaler: true,
      efs: false,
      imageBuilder: true,
    })
    expect(enabled).toEqual([nodePolicies['imageBuilder'], nodePolicies['autoScaler'], nodePolicies['ebs']])
  })

  it('does not double what two names mean', () => {
    const enabled = enabledPolicies(nodePolicies, { albIngress: true, awsLoadBalancerController: true })
    expect(enabled).toHaveLength(1)
    expect(enabled[0]?.inline['PolicyAWSLoadBalancerController']).toBe(loadBalancerControllerStatements)
  })

  it.each([undefined, {}, { unheardOf: true }])('finds none in %j', (flags) => {
    expect(enabledPolicies(wellKnownPolicies, flags)).toEqual([])
  })
})

describe('the tables', () => {
  it.each([
    ['imageBuilder', 'AmazonEC2ContainerRegistryPowerUser'],
    ['ebs', 'service-role/AmazonEBSCSIDriverPolicy'],
    ['cloudWatch', 'CloudWatchAgentServerPolicy'],
  ])('attach the AWS-managed policy for %s', (name, managed) => {
    expect(nodePolicies[name]).toEqual({ managed: [managed], inline: {} })
  })

  it('mean the same by a name that both have', () => {
    const both = Object.keys(wellKnownPolicies).filter((name) => nodePolicies[name] !== undefined)
    expect(both).toContain('awsLoadBalancerController')
    for (const name of both) expect(wellKnownPolicies[name]).toEqual(nodePolicies[name])
  })

  it('have actions of one service prefix and no wildcard but where eksctl has one', () => {
    const sets = Object.values({ ...nodePolicies, ...wellKnownPolicies })
    const statements = sets.flatMap((set) => Object.values(set.inline).flat()) as { Action: string[] }[]
    const actions = new Set(statements.flatMap((statement) => statement.Action))
    for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:([A-Z][A-Za-z0-9]+|\*)$/)
    expect([...actions].filter((action) => action.endsWith('*')).toSorted()).toEqual([
      'appmesh-preview:*',
      'appmesh:*',
      'elasticfilesystem:*',
      'fsx:*',
    ])
  })
})

describe('inlinePolicyResources', () => {
  it('makes a policy resource of each, on the role', () => {
    const resources = inlinePolicyResources(
      ref('Role1'),
      enabledPolicies(nodePolicies, { certManager: true, xRay: true }),
    )
    expect(Object.keys(resources)).toEqual([
      'PolicyCertManagerChangeSet',
      'PolicyCertManagerHostedZones',
      'PolicyCertManagerGetChange',
      'PolicyXRay',
    ])
    expect(resources['PolicyXRay']).toMatchObject({
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: { 'Fn::Sub': '${AWS::StackName}-PolicyXRay' },
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow' }] },
        Roles: [{ Ref: 'Role1' }],
      },
    })
  })
})
