import { describe, expect, it } from 'vitest'

import { UserError } from '../base/errors.ts'
import { deleteStack, findStack, outputsOf, stacksNamedAfter } from './stacks.ts'
import type { StackPlan } from './stack-plan.ts'
import { awsFailure, ownTags } from './testing/fake-cloud.ts'
import { changes, NAME, plan, scene, template } from './testing/stack-scene.ts'

describe('ensureStack', () => {
  it('creates a stack that is not there, protected, and waits for it', async () => {
    const world = await scene({ outputs: { ARN: 'arn:aws:eks:x' } })
    const { outcome, stack } = await world.ensure()
    expect(outcome).toBe('created')
    expect(outputsOf(stack)).toEqual({ ARN: 'arn:aws:eks:x' })
    expect(world.inputsOf('CreateStack')).toEqual([
      {
        StackName: NAME,
        TemplateBody: JSON.stringify(plan.template),
        Capabilities: ['CAPABILITY_IAM'],
        Tags: ownTags(),
        DisableRollback: false,
        EnableTerminationProtection: true,
      },
    ])
    expect(world.said).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])
  })

  it('leaves a stack alone that is as it should be', async () => {
    const world = await scene()
    await world.ensure()
    world.said.length = 0
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
    expect(changes(world)).toEqual(['CreateStack'])
    expect(world.said).toEqual([])
  })

  it('is not put off by the order of keys in a template', async () => {
    const world = await scene()
    const { AWSTemplateFormatVersion, Description, Resources } = plan.template
    const TemplateBody = JSON.stringify({ Resources, Description, AWSTemplateFormatVersion })
    world.stacks.seed(NAME, {
      template: TemplateBody,
      tags: ownTags(),
    })
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
  })

  it.each<[string, StackPlan]>([
    ['another template', { ...plan, template: template('two') }],
    ['another tag', { ...plan, tags: { ...plan.tags, team: 'web' } }],
  ])('updates for %s', async (_, wanted) => {
    const world = await scene()
    await world.ensure()
    world.said.length = 0
    expect(await world.ensure(wanted)).toMatchObject({
      outcome: 'updated',
      stack: { StackStatus: 'UPDATE_COMPLETE' },
    })
    expect(changes(world)).toEqual(['CreateStack', 'CreateChangeSet', 'ExecuteChangeSet'])
    expect(world.said).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'])
  })

  it('takes the word of CloudFormation that there is nothing to update', async () => {
    const StatusReason = "The submitted information didn't contain changes."
    const world = await scene({ handlers: { DescribeChangeSet: () => ({ Status: 'FAILED', StatusReason }) } })
    // Written by somebody else in YAML: it differs as text only.
    world.stacks.seed(NAME, { template: 'Description: one', tags: ownTags() })
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
    expect(world.stacks.changeSets.size).toBe(0)
  })

  it('waits for a change set that takes its time, and reads all its pages', async () => {
    const looks = [{ Status: 'CREATE_PENDING' }, { Status: 'CREATE_IN_PROGRESS' }]
    const change = (Action: string, id: string, ResourceType: string) => ({
      ResourceChange: { Action, LogicalResourceId: id, ResourceType },
    })
    const world = await scene({
      handlers: {
        DescribeChangeSet: ({ NextToken }) => {
          const next = looks.shift()
          if (next) return next
          return NextToken === undefined
            ? {
                Status: 'CREATE_COMPLETE',
                Changes: [change('Add', 'A', 'AWS::IAM::Role')],
                NextToken: 'more',
              }
            : { Status: 'CREATE_COMPLETE', Changes: [change('Remove', 'B', 'AWS::Logs::LogGroup')] }
        },
      },
    })
    world.stacks.seed(NAME, { tags: ownTags() })
    await expect(world.ensure()).rejects.toThrow(
      'B (AWS::Logs::LogGroup) would be removed, with the logs in it',
    )
  })

  it('says why an update was refused', async () => {
    const StatusReason = 'Circular dependency between resources'
    const world = await scene({ handlers: { DescribeChangeSet: () => ({ Status: 'FAILED', StatusReason }) } })
    world.stacks.seed(NAME, { tags: ownTags() })
    await expect(world.ensure()).rejects.toThrow(
      `CloudFormation refuses to update the stack ${NAME}: Circular dependency between resources`,
    )
  })

  it('goes on with a rollback that had failed, and then updates', async () => {
    const world = await scene({
      handlers: {
        ContinueUpdateRollback: () => {
          world.stacks.seed(NAME, {
            status: 'UPDATE_ROLLBACK_IN_PROGRESS',
            next: 'UPDATE_ROLLBACK_COMPLETE',
            tags: ownTags(),
          })
          return {}
        },
      },
    })
    world.stacks.seed(NAME, { status: 'UPDATE_ROLLBACK_FAILED', tags: ownTags() })
    expect(await world.ensure()).toMatchObject({ outcome: 'updated' })
    expect(world.said[0]).toBe('going on with a rollback that had failed')
  })

  it('says how a stack is brought out of UPDATE_ROLLBACK_FAILED that fails again', async () => {
    const world = await scene({ handlers: { ContinueUpdateRollback: () => ({}) } })
    world.stacks.seed(NAME, { status: 'UPDATE_ROLLBACK_FAILED', tags: ownTags() })
    world.stacks.events = [
      {
        LogicalResourceId: 'Role',
        ResourceType: 'AWS::IAM::Role',
        ResourceStatus: 'UPDATE_FAILED',
        ResourceStatusReason: 'it is gone',
      },
    ]
    await expect(world.ensure()).rejects.toMatchObject({
      message: `stack ${NAME} is UPDATE_ROLLBACK_FAILED again\n  Role (AWS::IAM::Role): it is gone`,
      help: expect.stringContaining(`continue-update-rollback --stack-name ${NAME} --resources-to-skip Role`),
    })
  })

  it('tells how far a stack is that takes its time, and what fails in it at once', async () => {
    const world = await scene()
    world.stacks.seed(NAME, { status: 'CREATE_IN_PROGRESS', next: 'CREATE_IN_PROGRESS', tags: ownTags() })
    const event = (LogicalResourceId: string, ResourceStatus: string, ResourceStatusReason?: string) => ({
      LogicalResourceId,
      ResourceType: 'AWS::EC2::Subnet',
      ResourceStatus,
      ResourceStatusReason,
    })
    world.stacks.events = [
      event('SubnetB', 'CREATE_FAILED', 'no such zone'),
      event('SubnetC', 'CREATE_IN_PROGRESS'),
      event('SubnetB', 'CREATE_IN_PROGRESS'),
      event('SubnetA', 'CREATE_COMPLETE'),
      event('SubnetA', 'CREATE_IN_PROGRESS'),
    ]
    await expect(world.ensure()).rejects.toThrow('is still CREATE_IN_PROGRESS')
    expect(world.said).toContain('CREATE_IN_PROGRESS, 1 of 3 begun, at SubnetC, SubnetB failed: no such zone')
    expect(world.said[0]).toBe('CREATE_IN_PROGRESS')
  })

  it('goes on with a creation that is under way', async () => {
    const world = await scene()
    world.stacks.seed(NAME, {
      status: 'CREATE_IN_PROGRESS',
      next: 'CREATE_COMPLETE',
      template: JSON.stringify(plan.template),
      tags: ownTags(),
    })
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
    expect(changes(world)).toEqual([])
  })

  it('waits for a deletion that is under way, and then creates', async () => {
    const world = await scene()
    world.stacks.seed(NAME, { status: 'DELETE_IN_PROGRESS', next: 'DELETE_COMPLETE', tags: ownTags() })
    expect(await world.ensure()).toMatchObject({ outcome: 'created' })
    expect(changes(world)).toEqual(['CreateStack'])
  })

  it.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'])(
    'makes a stack anew that is %s',
    async (status) => {
      const world = await scene()
      world.stacks.seed(NAME, { status, tags: ownTags() })
      expect(await world.ensure()).toMatchObject({ outcome: 'created' })
      expect(changes(world)).toEqual(['UpdateTerminationProtection', 'DeleteStack', 'CreateStack'])
      expect(world.said[0]).toBe(`removing what an earlier attempt left (${status})`)
    },
  )

  it('names the resources that failed, first cause first, without those that were cancelled for it', async () => {
    const world = await scene()
    world.stacks.endings.set(NAME, 'ROLLBACK_COMPLETE')
    // Events come newest first.
    world.stacks.events = [
      {
        LogicalResourceId: NAME,
        ResourceType: 'AWS::CloudFormation::Stack',
        ResourceStatus: 'ROLLBACK_COMPLETE',
      },
      {
        LogicalResourceId: 'Other',
        ResourceType: 'AWS::IAM::Policy',
        ResourceStatus: 'CREATE_FAILED',
        ResourceStatusReason: 'Resource creation cancelled',
      },
      {
        LogicalResourceId: 'ManagedNodeGroup',
        ResourceType: 'AWS::EKS::Nodegroup',
        ResourceStatus: 'CREATE_FAILED',
        ResourceStatusReason: 'Subnets are in one zone',
      },
      {
        LogicalResourceId: 'ControlPlane',
        ResourceType: 'AWS::EKS::Cluster',
        ResourceStatus: 'CREATE_FAILED',
        ResourceStatusReason: 'unsupported Kubernetes version',
      },
    ]
    const failed = await world.ensure().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect(failed).toMatchObject({
      message: [
        `stack ${NAME} ended as ROLLBACK_COMPLETE`,
        '  ControlPlane (AWS::EKS::Cluster): unsupported Kubernetes version',
        '  ManagedNodeGroup (AWS::EKS::Nodegroup): Subnets are in one zone',
      ].join('\n'),
    })
  })

  it('does not name what failed in an earlier operation', async () => {
    const world = await scene()
    await world.ensure()
    world.stacks.endings.set(NAME, 'UPDATE_ROLLBACK_COMPLETE')
    const failed = (LogicalResourceId: string) => ({
      LogicalResourceId,
      ResourceType: 'AWS::IAM::Role',
      ResourceStatus: 'UPDATE_FAILED',
      ResourceStatusReason: 'no',
    })
    const ofStack = (ResourceStatus: string) => ({
      LogicalResourceId: NAME,
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatus,
    })
    world.stacks.events = [
      ofStack('UPDATE_ROLLBACK_COMPLETE'),
      failed('Now'),
      ofStack('UPDATE_IN_PROGRESS'),
      ofStack('UPDATE_ROLLBACK_COMPLETE'),
      failed('Yesterday'),
      ofStack('UPDATE_IN_PROGRESS'),
    ]
    await expect(world.ensure({ ...plan, template: template('two') })).rejects.toMatchObject({
      message: `stack ${NAME} ended as UPDATE_ROLLBACK_COMPLETE\n  Now (AWS::IAM::Role): no`,
    })
  })

  it('gives up after 40 minutes on a stack that does not move', async () => {
    const world = await scene()
    world.stacks.seed(NAME, { status: 'CREATE_IN_PROGRESS', next: 'CREATE_IN_PROGRESS' })
    await expect(world.ensure()).rejects.toThrow(
      `stack ${NAME} is still CREATE_IN_PROGRESS (gave up after 2400 s)`,
    )
  })

  it('does not take an update that was rolled back for success', async () => {
    const world = await scene()
    await world.ensure()
    world.stacks.endings.set(NAME, 'UPDATE_ROLLBACK_COMPLETE')
    await expect(world.ensure({ ...plan, template: template('two') })).rejects.toThrow(
      `stack ${NAME} ended as UPDATE_ROLLBACK_COMPLETE`,
    )
  })
})

describe('findStack', () => {
  it('finds nothing where there is none', async () => {
    const { context } = await scene()
    expect(await findStack(context, NAME)).toBeUndefined()
  })

  it.each([
    ['AccessDenied', 'not allowed'],
    ['ValidationError', 'StackName is too long'],
  ])('passes %s on', async (code, message) => {
    const { context } = await scene({
      handlers: {
        DescribeStacks: () => {
          throw awsFailure(code, message)
        },
      },
    })
    await expect(findStack(context, NAME)).rejects.toThrow(message)
  })

  it('does not see a stack that was deleted', async () => {
    const { context, stacks } = await scene()
    stacks.seed(NAME, { status: 'DELETE_COMPLETE' })
    expect(await findStack(context, NAME)).toBeUndefined()
  })
})

describe('deleteStack', () => {
  it('takes the protection off first, and waits until it is gone', async () => {
    const world = await scene()
    await world.ensure()
    expect(await deleteStack(world.context, NAME, () => undefined)).toBe(true)
    expect(changes(world).slice(1)).toEqual(['UpdateTerminationProtection', 'DeleteStack'])
    expect(world.stacks.stacks.size).toBe(0)
  })

  it('has nothing to do where there is none', async () => {
    const world = await scene()
    expect(await deleteStack(world.context, NAME, () => undefined)).toBe(false)
    expect(changes(world)).toEqual([])
  })

  it('says why it could not', async () => {
    const world = await scene()
    world.stacks.seed(NAME, {})
    world.stacks.endings.set(NAME, 'DELETE_FAILED')
    world.stacks.events = [
      {
        LogicalResourceId: 'VPC',
        ResourceType: 'AWS::EC2::VPC',
        ResourceStatus: 'DELETE_FAILED',
        ResourceStatusReason: 'has dependencies and cannot be deleted',
      },
    ]
    await expect(deleteStack(world.context, NAME, () => undefined)).rejects.toThrow(
      `stack ${NAME} could not be deleted: DELETE_FAILED\n  VPC (AWS::EC2::VPC): has dependencies and cannot be deleted`,
    )
  })
})

describe('stacksNamedAfter', () => {
  it('lists the live stacks with names of this cluster only, over all pages, with their tags', async () => {
    const pages = [
      [
        { StackName: NAME, StackStatus: 'CREATE_COMPLETE' },
        { StackName: 'eksctl-workshop-prod-cluster', StackStatus: 'CREATE_COMPLETE' },
        { StackName: 'eksctl-workshop-nodegroup-old', StackStatus: 'DELETE_COMPLETE' },
      ],
      [{ StackName: 'eksctl-workshop-nodegroup-ng', StackStatus: 'ROLLBACK_COMPLETE' }],
    ]
    const { context, stacks } = await scene({
      handlers: {
        ListStacks: ({ NextToken }) => ({
          StackSummaries: pages[NextToken === undefined ? 0 : 1],
          ...(NextToken === undefined ? { NextToken: 'more' } : {}),
        }),
      },
    })
    for (const page of pages) for (const { StackName } of page) stacks.seed(StackName, { tags: ownTags() })
    const found = await stacksNamedAfter(context, 'workshop')
    expect(found.map(({ StackName }) => StackName)).toEqual([NAME, 'eksctl-workshop-nodegroup-ng'])
    expect(found[0]?.Tags).toEqual(ownTags())
  })
})
