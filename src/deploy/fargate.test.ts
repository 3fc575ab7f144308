import { describe, expect, it } from 'vitest'

import type { FargateProfileConfig } from '../config/cluster-config.ts'
import { deleteProfiles, ensureFargateRole, ensureProfile, profilesOf } from './fargate.ts'
import { awsFailure, FakeStacks, testDeployment, type Handlers, type Input } from './testing/fake-cloud.ts'

const ROLE = 'arn:aws:iam::111122223333:role/fargate'
const profile: FargateProfileConfig = {
  name: 'nginx',
  selectors: [{ namespace: 'nginx-fargate', labels: { app: 'nginx' } }, { namespace: 'jobs' }],
}

const ours = { 'neargate.dev/project': 'workshop' }

interface Profile {
  readonly input: Input
  status: string
  next: string | undefined
  issues?: readonly object[]
}

/** Fargate profiles in memory: what is made or deleted is under way for one look. */
function fakeProfiles(): { handlers: Handlers; profiles: Map<string, Profile> } {
  const profiles = new Map<string, Profile>()
  const handlers: Handlers = {
    DescribeFargateProfile: ({ fargateProfileName }) => {
      const name = String(fargateProfileName)
      const found = profiles.get(name)
      if (!found)
        throw awsFailure('ResourceNotFoundException', `No Fargate Profile found with name: ${name}.`)
      const { status, next, issues = [] } = found
      if (next === 'gone') profiles.delete(name)
      else found.status = next ?? status
      return { fargateProfile: { ...found.input, status, health: { issues } } }
    },
    CreateFargateProfile: (input) => {
      const name = String(input['fargateProfileName'])
      if ([...profiles.values()].some(({ status }) => status !== 'ACTIVE'))
        throw awsFailure('ResourceInUseException', 'Cannot create while another profile is being changed')
      profiles.set(name, { input, status: 'CREATING', next: 'ACTIVE' })
    },
    ListFargateProfiles: () => ({ fargateProfileNames: [...profiles.keys()] }),
    DeleteFargateProfile: ({ fargateProfileName }) => {
      if ([...profiles.values()].some(({ status }) => status === 'DELETING'))
        throw awsFailure('ResourceInUseException', 'Cannot delete while another profile is being deleted')
      const found = profiles.get(String(fargateProfileName))
      if (found) Object.assign(found, { status: 'DELETING', next: 'gone' })
    },
  }
  return { handlers, profiles }
}

async function scene(consent: { adopt?: boolean } = {}) {
  const { handlers, profiles } = fakeProfiles()
  return { ...(await testDeployment({ ...handlers, TagResource: () => ({}) }, { consent })), profiles }
}

describe('ensureProfile', () => {
  it('creates a profile and waits until it is ACTIVE', async () => {
    const world = await scene()
    expect(await ensureProfile(world.context, profile, ROLE)).toEqual({ outcome: 'created' })
    expect(world.inputsOf('CreateFargateProfile')).toEqual([
      {
        clusterName: 'workshop',
        fargateProfileName: 'nginx',
        podExecutionRoleArn: ROLE,
        selectors: [{ namespace: 'nginx-fargate', labels: { app: 'nginx' } }, { namespace: 'jobs' }],
        tags: ours,
      },
    ])
    expect(world.profiles.get('nginx')?.status).toBe('ACTIVE')
  })

  it('passes subnets, tags and a role of its own on', async () => {
    const world = await scene()
    const own = { ...profile, podExecutionRoleARN: 'arn:own', subnets: ['subnet-a'], tags: { team: 'web' } }
    await ensureProfile(world.context, own, ROLE)
    expect(world.inputsOf('CreateFargateProfile')[0]).toMatchObject({
      podExecutionRoleArn: 'arn:own',
      subnets: ['subnet-a'],
      tags: { team: 'web', ...ours },
    })
  })

  it('changes nothing the second time', async () => {
    const world = await scene()
    await ensureProfile(world.context, profile, ROLE)
    expect(await ensureProfile(world.context, profile, ROLE)).toEqual({ outcome: 'unchanged' })
    expect(world.inputsOf('CreateFargateProfile')).toHaveLength(1)
  })

  it('leaves a profile alone that somebody else made', async () => {
    const world = await scene()
    const input = { selectors: profile.selectors, tags: { owner: 'web' } }
    world.profiles.set('nginx', { input, status: 'ACTIVE', next: undefined })
    expect(await ensureProfile(world.context, profile, ROLE)).toEqual({
      outcome: 'unchanged',
      detail: 'made by somebody else (owner=web), left as it is',
    })
    expect(world.inputsOf('TagResource')).toEqual([])
  })

  it('takes it over when asked to, by a tag', async () => {
    const world = await scene({ adopt: true })
    const input = { selectors: profile.selectors, fargateProfileArn: 'arn:profile' }
    world.profiles.set('nginx', { input, status: 'ACTIVE', next: undefined })
    expect(await ensureProfile(world.context, profile, ROLE)).toMatchObject({ detail: 'taken over' })
    expect(world.inputsOf('TagResource')).toEqual([{ resourceArn: 'arn:profile', tags: ours }])
  })

  it('waits while EKS works on another profile of the cluster', async () => {
    const world = await scene()
    world.profiles.set('other', { input: {}, status: 'DELETING', next: undefined })
    world.clock.after(60_000, () => world.profiles.delete('other'))
    expect(await ensureProfile(world.context, profile, ROLE)).toEqual({ outcome: 'created' })
    expect(world.inputsOf('CreateFargateProfile').length).toBeGreaterThan(2)
  })

  it('sees no difference between no labels and an empty set of them', async () => {
    const world = await scene()
    await ensureProfile(world.context, { name: 'jobs', selectors: [{ namespace: 'jobs', labels: {} }] }, ROLE)
    const again = { name: 'jobs', selectors: [{ namespace: 'jobs' }] }
    expect(await ensureProfile(world.context, again, ROLE)).toEqual({ outcome: 'unchanged' })
  })

  it('refuses to change the selectors of a profile, which EKS cannot', async () => {
    const world = await scene()
    await ensureProfile(world.context, profile, ROLE)
    const changed = { ...profile, selectors: [{ namespace: 'other' }] }
    await expect(ensureProfile(world.context, changed, ROLE)).rejects.toThrow(
      'Fargate profile nginx exists with other selectors, and EKS cannot change a profile',
    )
  })

  it('makes one after the other, as EKS demands', async () => {
    const world = await scene()
    await ensureProfile(world.context, profile, ROLE)
    await ensureProfile(world.context, { ...profile, name: 'second' }, ROLE)
    expect([...world.profiles.keys()]).toEqual(['nginx', 'second'])
  })

  it('tells the issues of a profile that failed', async () => {
    const world = await scene()
    world.profiles.set('nginx', {
      input: { selectors: profile.selectors },
      status: 'CREATE_FAILED',
      next: undefined,
      issues: [{ code: 'AccessDenied', message: 'the role cannot be assumed', resourceIds: [] }],
    })
    await expect(ensureProfile(world.context, profile, ROLE)).rejects.toThrow(
      'Fargate profile nginx could not be created: AccessDenied: the role cannot be assumed',
    )
  })

  it('says so when a profile failed for no reason given', async () => {
    const world = await scene()
    world.profiles.set('nginx', {
      input: { selectors: profile.selectors },
      status: 'CREATE_FAILED',
      next: undefined,
    })
    await expect(ensureProfile(world.context, profile, ROLE)).rejects.toThrow('EKS gives no reason')
  })
})

describe('deleteProfiles', () => {
  it('deletes those it is told, one at a time', async () => {
    const world = await scene()
    await ensureProfile(world.context, profile, ROLE)
    await ensureProfile(world.context, { ...profile, name: 'second' }, ROLE)
    await deleteProfiles(world.context, 'workshop', ['nginx', 'second'])
    expect(world.profiles.size).toBe(0)
  })

  it('waits for one that is being deleted, without asking again', async () => {
    const world = await scene()
    world.profiles.set('nginx', { input: {}, status: 'DELETING', next: 'gone' })
    await deleteProfiles(world.context, 'workshop', ['nginx'])
    expect(world.inputsOf('DeleteFargateProfile')).toEqual([])
  })
})

describe('profilesOf', () => {
  it('lists profiles with their tags', async () => {
    const world = await scene()
    await ensureProfile(world.context, profile, ROLE)
    world.profiles.set('other', { input: {}, status: 'ACTIVE', next: undefined })
    expect(await profilesOf(world.context, 'workshop')).toEqual([
      { name: 'nginx', tags: ours },
      { name: 'other', tags: {} },
    ])
  })
})

describe('ensureFargateRole', () => {
  it('makes the stack that eksctl makes, and reads the role from it', async () => {
    const stacks = new FakeStacks({ FargatePodExecutionRoleARN: ROLE })
    const world = await testDeployment(stacks.handlers)
    const result = await ensureFargateRole(world.context, () => undefined)
    expect(result).toEqual({ outcome: 'created', roleArn: ROLE })
    expect(world.inputsOf('CreateStack')[0]).toMatchObject({
      StackName: 'eksctl-workshop-fargate',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    })
  })
})
