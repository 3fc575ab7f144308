import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { awsFailure, fakeCloud, type Input } from '../../deploy/testing/fake-cloud.ts'
import { checkRights, neededActions } from './rights.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
  managedNodeGroups: [{ name: 'ng' }],
}
const ALICE = { id: '111122223333', callerArn: 'arn:aws:iam::111122223333:user/alice', partition: 'aws' }

/** IAM that denies some actions. */
function iam(denied: readonly string[]) {
  return fakeCloud({
    SimulatePrincipalPolicy: ({ ActionNames }) => ({
      EvaluationResults: (ActionNames as readonly string[]).map((EvalActionName) => ({
        EvalActionName,
        EvalDecision: denied.includes(EvalActionName) ? 'implicitDeny' : 'allowed',
      })),
    }),
    GetRole: () => ({ Role: { Arn: 'arn:aws:iam::111122223333:role/teams/deployer' } }),
  })
}

describe('checkRights', () => {
  it('has nothing to say where all is allowed', async () => {
    const { cloud } = await iam([])
    expect(await checkRights(cloud, ALICE, config)).toEqual([])
  })

  it('names what is not, roles that may not be passed on among it', async () => {
    const { cloud } = await iam(['eks:CreateNodegroup', 'iam:PassRole'])
    const findings = await checkRights(cloud, ALICE, config)
    expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'error arn:aws:iam::111122223333:user/alice may not eks:CreateNodegroup, iam:PassRole to eks.amazonaws.com, iam:PassRole to ec2.amazonaws.com',
    ])
  })

  it('asks about what up will make, by its name', async () => {
    const fake = await iam([])
    await checkRights(fake.cloud, ALICE, config)
    const asked = fake.inputsOf('SimulatePrincipalPolicy') as readonly (Input & { ResourceArns: string[] })[]
    expect(asked.flatMap(({ ResourceArns }) => ResourceArns)).toEqual(
      expect.arrayContaining([
        'arn:aws:eks:eu-west-1:111122223333:cluster/shop',
        'arn:aws:cloudformation:eu-west-1:111122223333:stack/eksctl-shop-cluster/*',
      ]),
    )
  })

  it('asks about the role of a session, with its path', async () => {
    const fake = await iam([])
    const callerArn = 'arn:aws:sts::111122223333:assumed-role/deployer/alice'
    await checkRights(fake.cloud, { ...ALICE, callerArn }, config)
    expect(fake.inputsOf('SimulatePrincipalPolicy')[0]).toMatchObject({
      PolicySourceArn: 'arn:aws:iam::111122223333:role/teams/deployer',
    })
  })

  it('does not ask about the root of an account', async () => {
    const { cloud, calls } = await iam(['eks:CreateCluster'])
    expect(
      await checkRights(cloud, { ...ALICE, callerArn: 'arn:aws:iam::111122223333:root' }, config),
    ).toEqual([])
    expect(calls).toEqual([])
  })

  it('only warns where IAM may not be asked', async () => {
    const { cloud } = await fakeCloud({
      SimulatePrincipalPolicy: () => {
        throw awsFailure('AccessDenied', 'not authorized to perform: iam:SimulatePrincipalPolicy')
      },
    })
    expect(await checkRights(cloud, ALICE, config)).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('could not be checked') },
    ])
  })
})

describe('neededActions', () => {
  it('grow with what the config asks for', () => {
    expect(neededActions(config)).not.toContain('eks:CreateFargateProfile')
    expect(neededActions(config)).toContain('ec2:CreateVpc')
    const more = {
      ...config,
      vpc: { subnets: { private: { a: { id: 'subnet-1' } } } },
      fargateProfiles: [{ name: 'fp' }],
      iam: { withOIDC: true },
    }
    expect(neededActions(more)).toEqual(
      expect.arrayContaining(['eks:CreateFargateProfile', 'iam:CreateOpenIDConnectProvider']),
    )
    expect(neededActions(more)).not.toContain('ec2:CreateVpc')
  })
})
