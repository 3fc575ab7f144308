import { describe, expect, it } from 'vitest'

import type { IamServiceAccount } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { namespaces, serviceAccounts } from '../kubernetes/client/resources.ts'
import { ensureServiceAccount } from './service-accounts.ts'
import { FakeStacks, HastyClock, testDeployment } from './testing/fake-cloud.ts'

const ROLE = 'arn:aws:iam::111122223333:role/eksctl-workshop-addon-Role1'
const cluster = {
  name: 'workshop',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthorityData: '',
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC',
  serviceCidr: '10.100.0.0/16',
  vpcId: 'vpc-1',
}
const account: IamServiceAccount = {
  metadata: { name: 'lbc', namespace: 'kube-system', labels: { team: 'web' }, annotations: { note: 'x' } },
  wellKnownPolicies: { awsLoadBalancerController: true },
}

async function scene() {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const world = await testDeployment(new FakeStacks({ Role1: ROLE }).handlers)
  const ensure = (wanted = account) =>
    ensureServiceAccount(world.context, wanted, { cluster, kubernetes }, () => undefined)
  return { ...world, kubernetes, ensure }
}

describe('ensureServiceAccount', () => {
  it('makes the stack that eksctl makes and an account that names its role', async () => {
    const world = await scene()
    expect(await world.ensure()).toMatchObject({ outcome: 'created' })
    const [created] = world.inputsOf('CreateStack')
    expect(created).toMatchObject({
      StackName: 'eksctl-workshop-addon-iamserviceaccount-kube-system-lbc',
      Capabilities: ['CAPABILITY_IAM'],
    })
    expect(created?.['Tags']).toContainEqual({
      Key: 'alpha.eksctl.io/iamserviceaccount-name',
      Value: 'kube-system/lbc',
    })
    expect(created?.['TemplateBody']).toContain('system:serviceaccount:kube-system:lbc')
    const { metadata } = await world.kubernetes.get(serviceAccounts, {
      namespace: 'kube-system',
      name: 'lbc',
    })
    expect(metadata).toMatchObject({
      labels: { team: 'web', 'app.kubernetes.io/managed-by': 'eksctl' },
      annotations: { note: 'x', 'eks.amazonaws.com/role-arn': ROLE, 'neargate.dev/project': 'workshop' },
    })
  })

  it('makes no stack for a role of the file, and names it in the account', async () => {
    const world = await scene()
    const attachRoleARN = 'arn:aws:iam::111122223333:role/given'
    await world.ensure({ metadata: account.metadata, attachRoleARN })
    expect(world.inputsOf('CreateStack')).toEqual([])
    const { metadata } = await world.kubernetes.get(serviceAccounts, {
      namespace: 'kube-system',
      name: 'lbc',
    })
    expect(metadata.annotations).toMatchObject({ 'eks.amazonaws.com/role-arn': attachRoleARN })
  })

  it('gives the role to every account that fits a pattern', async () => {
    const world = await scene()
    await world.ensure({ ...account, subjectPattern: 'lbc-*' })
    const { Resources } = JSON.parse(String(world.inputsOf('CreateStack')[0]?.['TemplateBody'])) as {
      Resources: { Role1: { Properties: { AssumeRolePolicyDocument: { Statement: object[] } } } }
    }
    const [statement] = Resources.Role1.Properties.AssumeRolePolicyDocument.Statement
    expect(JSON.stringify(statement)).toContain(
      '"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:kube-system:lbc-*"}',
    )
  })

  it('makes its namespace when there is none', async () => {
    const world = await scene()
    await world.ensure()
    expect((await world.kubernetes.get(namespaces, { name: 'kube-system' })).metadata.name).toBe(
      'kube-system',
    )
  })

  it('changes nothing the second time', async () => {
    const world = await scene()
    await world.ensure()
    world.kubernetes.actions.length = 0
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
    expect(world.kubernetes.actions).toEqual([])
  })

  it('annotates an account that is there, keeping what it has', async () => {
    const world = await scene()
    await world.ensure()
    const key = { namespace: 'kube-system', name: 'lbc' }
    const present = await world.kubernetes.get(serviceAccounts, key)
    const annotations = { mine: 'kept', 'eks.amazonaws.com/role-arn': 'arn:old' }
    await world.kubernetes.update(serviceAccounts, {
      ...present,
      metadata: { ...present.metadata, annotations },
    })
    expect(await world.ensure()).toMatchObject({ outcome: 'updated' })
    const { metadata } = await world.kubernetes.get(serviceAccounts, key)
    expect(metadata.annotations).toMatchObject({ mine: 'kept', 'eks.amazonaws.com/role-arn': ROLE })
  })

  it('makes the role alone when asked to', async () => {
    const world = await scene()
    await world.ensure({ ...account, roleOnly: true })
    expect(world.kubernetes.actions).toEqual([])
  })

  it('asks for the capability that a role with a name needs', async () => {
    const world = await scene()
    await world.ensure({ ...account, roleName: 'lbc' })
    expect(world.inputsOf('CreateStack')[0]).toMatchObject({ Capabilities: ['CAPABILITY_NAMED_IAM'] })
  })
})
