import { describe, expect, it } from 'vitest'

import { clusterTags } from '../rules/eksctl/tags.ts'
import { deleteStack, ensureStack } from './stacks.ts'
import { awsFailure, FakeStacks, ownTags, testDeployment } from './testing/fake-cloud.ts'
import { changes, NAME, plan, scene, template } from './testing/stack-scene.ts'

describe('termination protection', () => {
  it('that up did not set is not taken off', async () => {
    const world = await scene()
    const tags = ownTags().map(({ Key, Value }) => ({
      Key,
      Value: Key === 'neargate.dev/origin' ? 'adopted' : Value,
    }))
    world.stacks.seed(NAME, { tags })
    await expect(deleteStack(world.context, NAME, () => undefined)).rejects.toMatchObject({
      message: `stack ${NAME} has termination protection that up did not set`,
      help: expect.stringContaining('update-termination-protection --no-enable-termination-protection'),
    })
    expect(changes(world)).toEqual([])
  })

  it('is not touched where there is none', async () => {
    const world = await scene()
    world.stacks.seed(NAME, { isProtected: false, tags: ownTags() })
    await deleteStack(world.context, NAME, () => undefined)
    expect(changes(world)).toEqual(['DeleteStack'])
  })
})

describe('a stack of somebody else', () => {
  const tags = [{ Key: 'owner', Value: 'somebody-else' }]
  const precious = JSON.stringify({ Resources: { Precious: { Type: 'AWS::Logs::LogGroup' } } })

  it.each([
    ['without any mark', tags, 'somebody else (owner=somebody-else)'],
    [
      'of eksctl',
      Object.entries({ ...clusterTags('workshop'), 'alpha.eksctl.io/eksctl-version': '0.230.0' }).map(
        ([Key, Value]) => ({ Key, Value }),
      ),
      'eksctl 0.230.0',
    ],
    ['of another project', ownTags('workshop2'), 'neargate up for the cluster workshop2'],
  ])('%s is named and left alone', async (_, foreignTags, maker) => {
    const world = await scene()
    world.stacks.seed(NAME, { tags: foreignTags, template: precious })
    await expect(world.ensure()).rejects.toThrow(
      `the stack ${NAME} was made by ${maker}, not by up: it is left alone`,
    )
    expect(changes(world)).toEqual([])
  })

  it('is taken over when asked to, and keeps its tags and its protection', async () => {
    const world = await scene({ consent: { adopt: true } })
    world.stacks.seed(NAME, { tags, template: JSON.stringify(plan.template) })
    expect(await world.ensure()).toMatchObject({ outcome: 'updated' })
    expect(world.stacks.stacks.get(NAME)).toMatchObject({
      isProtected: true,
      tags: expect.arrayContaining([
        ...tags,
        { Key: 'neargate.dev/project', Value: 'workshop' },
        { Key: 'neargate.dev/origin', Value: 'adopted' },
      ]),
    })
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
  })

  it('keeps what it holds, unless that too was agreed to', async () => {
    const world = await scene({ consent: { adopt: true } })
    world.stacks.seed(NAME, { tags, template: precious })
    await expect(world.ensure()).rejects.toThrow(
      [
        'the change would lose something, so nothing was changed',
        `  stack ${NAME}:`,
        '    Precious (AWS::Logs::LogGroup) would be removed, with the logs in it',
      ].join('\n'),
    )
    expect(world.stacks.changeSets.size).toBe(0)
    expect(world.inputsOf('ExecuteChangeSet')).toEqual([])

    const agreed = await scene({ consent: { adopt: true, allowReplacement: true } })
    agreed.stacks.seed(NAME, { tags, template: precious })
    expect(await agreed.ensure()).toMatchObject({ outcome: 'updated' })
  })

  it('that cannot be repaired is not removed, adopted or not', async () => {
    const world = await scene({ consent: { adopt: true } })
    world.stacks.seed(NAME, { status: 'ROLLBACK_COMPLETE', tags })
    await expect(world.ensure()).rejects.toMatchObject({
      help: 'It is ROLLBACK_COMPLETE: whoever made it has to remove it first.',
    })
    expect(changes(world)).toEqual([])
  })
})

describe('an update', () => {
  it('that would replace something with state is refused', async () => {
    const world = await scene()
    await world.ensure()
    world.stacks.replacing.add('Role')
    const changed = template('two')
    const wanted = { ...plan, template: { ...changed, Resources: { Role: { Type: 'AWS::IAM::Role' } } } }
    await expect(world.ensure(wanted)).rejects.toThrow(
      'Role (AWS::IAM::Role) would be replaced, with the permissions of whatever uses it',
    )
    expect(world.stacks.stacks.get(NAME)?.status).toBe('CREATE_COMPLETE')
  })

  it('removes tags that left the file', async () => {
    const world = await scene()
    await world.ensure({ ...plan, tags: { ...plan.tags, team: 'web' } })
    expect(await world.ensure()).toMatchObject({ outcome: 'updated' })
    expect(world.stacks.stacks.get(NAME)?.tags).toEqual(ownTags())
  })
})

describe('two runs at once', () => {
  it('end as one: the second goes along with the stack that the first has made', async () => {
    const stacks = new FakeStacks()
    const [one, two] = await Promise.all([testDeployment(stacks.handlers), testDeployment(stacks.handlers)])
    const results = await Promise.all(
      [one, two].map(({ context }) => ensureStack(context, plan, () => undefined)),
    )
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'unchanged'])
  })

  it('look again when the other has executed its change set first', async () => {
    const world = await scene()
    await world.ensure()
    const overtaken = ['ChangeSetNotFoundException', 'InvalidChangeSetStatusException']
    const execute = world.stacks.handlers['ExecuteChangeSet']!
    const other = await testDeployment({
      ...world.stacks.handlers,
      ExecuteChangeSet: (input) => {
        const code = overtaken.shift()
        if (code) throw awsFailure(code, 'obsolete')
        return execute(input)
      },
    })
    const wanted = { ...plan, template: template('two') }
    expect(await ensureStack(other.context, wanted, () => undefined)).toMatchObject({ outcome: 'updated' })
  })

  it('give up in the end, with the last refusal', async () => {
    const world = await scene({
      handlers: {
        CreateStack: () => {
          throw awsFailure('AlreadyExistsException', `Stack [${NAME}] already exists`)
        },
      },
    })
    await expect(world.ensure()).rejects.toThrow('already exists')
    expect(world.inputsOf('CreateStack')).toHaveLength(5)
  })
})
