import { describe, expect, it } from 'vitest'

import type { PodIdentityConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { serviceAccounts } from '../kubernetes/client/resources.ts'
import { ensurePodIdentity } from './pod-identity.ts'
import { FakeStacks, HastyClock, testDeployment } from './testing/fake-cloud.ts'

const ROLE = 'arn:aws:iam::111122223333:role/eksctl-workshop-podidentityrole-Role1'
const OTHER = 'arn:aws:iam::111122223333:role/other'
const wanted: PodIdentityConfig = {
  namespace: 'web',
  serviceAccountName: 'reader',
  createServiceAccount: true,
  permissionPolicyARNs: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
  tags: { team: 'web' },
}
const mark = { 'neargate.dev/project': 'workshop' }

async function scene(present?: object) {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const world = await testDeployment({
    ...new FakeStacks({ Role1: ROLE }).handlers,
    ListPodIdentityAssociations: () => ({ associations: present ? [{ associationId: 'a-1' }] : [] }),
    DescribePodIdentityAssociation: () => ({ association: { associationId: 'a-1', ...present } }),
    CreatePodIdentityAssociation: () => ({}),
    UpdatePodIdentityAssociation: () => ({}),
  })
  const ensure = (association = wanted) =>
    ensurePodIdentity(world.context, association, kubernetes, () => undefined)
  return { ...world, kubernetes, ensure }
}

describe('ensurePodIdentity', () => {
  it('makes the stack that eksctl makes, the account and the association', async () => {
    const world = await scene()
    expect(await world.ensure()).toMatchObject({ outcome: 'created' })
    const [stack] = world.inputsOf('CreateStack')
    expect(stack).toMatchObject({
      StackName: 'eksctl-workshop-podidentityrole-web-reader',
      Capabilities: ['CAPABILITY_IAM'],
    })
    expect(stack?.['Tags']).toContainEqual({
      Key: 'alpha.eksctl.io/podidentityassociation-name',
      Value: 'web/reader',
    })
    expect(stack?.['TemplateBody']).toContain('"Principal":{"Service":"pods.eks.amazonaws.com"}')
    expect(world.inputsOf('CreatePodIdentityAssociation')).toEqual([
      {
        clusterName: 'workshop',
        namespace: 'web',
        serviceAccount: 'reader',
        roleArn: ROLE,
        tags: { team: 'web', ...mark },
      },
    ])
    const { metadata } = await world.kubernetes.get(serviceAccounts, { namespace: 'web', name: 'reader' })
    expect(metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'eksctl' })
  })

  it('makes no stack for a role of the file, and no account that nobody asked for', async () => {
    const world = await scene()
    const { permissionPolicyARNs: _, createServiceAccount: __, ...bare } = wanted
    await world.ensure({ ...bare, roleARN: OTHER, targetRoleARN: ROLE, disableSessionTags: true })
    expect(world.inputsOf('CreateStack')).toEqual([])
    expect(world.inputsOf('CreatePodIdentityAssociation')).toMatchObject([
      { roleArn: OTHER, targetRoleArn: ROLE, disableSessionTags: true },
    ])
    expect((await world.kubernetes.list(serviceAccounts)).items).toEqual([])
  })

  it('changes an association of ours whose role is another one now', async () => {
    const world = await scene({ roleArn: OTHER, tags: mark })
    await world.ensure()
    expect(world.inputsOf('UpdatePodIdentityAssociation')).toEqual([
      { clusterName: 'workshop', associationId: 'a-1', roleArn: ROLE },
    ])
  })

  it.each([
    ['as it should be', { roleArn: ROLE, tags: mark }],
    ['of somebody else', { roleArn: OTHER, tags: {} }],
  ])('leaves an association %s', async (_, present) => {
    const world = await scene(present)
    await world.ensure()
    expect(world.inputsOf('UpdatePodIdentityAssociation')).toEqual([])
    expect(world.inputsOf('CreatePodIdentityAssociation')).toEqual([])
  })
})
