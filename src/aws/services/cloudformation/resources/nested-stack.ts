// Owns the resource type AWS::CloudFormation::Stack: a stack within a stack, whose template stands in S3.
import type { DescribeStackEventsOutput, DescribeStacksOutput, Stack } from '@aws-sdk/client-cloudformation'

import { AwsError, isAwsCode, messageOf } from '../../../../base/errors.ts'
import { isTemplateObject, type TemplateObject } from '../template/template.ts'
import { generatedName } from './generated-name.ts'
import { textAt } from './members.ts'
import { PROPERTY_VALIDATION } from './plan-change.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from './resource-type.ts'
import { allTags, tagList } from './tags.ts'

/** What Fn::GetAtt asks an output by: `Outputs.NAME`. */
const OUTPUTS = 'Outputs'

async function find(StackName: string, context: ResourceContext): Promise<Stack | undefined> {
  try {
    const { Stacks = [] } = await context.call<DescribeStacksOutput>('cloudformation', 'DescribeStacks', {
      StackName,
    })
    return Stacks[0]
  } catch (error) {
    if (isAwsCode(error, 'ValidationError')) return undefined
    throw error
  }
}

function sourceOf(properties: TemplateObject, context: ResourceContext): object {
  const parameters = properties['Parameters']
  return {
    TemplateURL: textAt(properties, 'TemplateURL'),
    Parameters: Object.keys(isTemplateObject(parameters) ? parameters : {}).map((ParameterKey) => ({
      ParameterKey,
      ParameterValue: textAt(properties, `Parameters.${ParameterKey}`),
    })),
    // What is acknowledged for a stack is so for those within it.
    Capabilities: context.capabilities,
  }
}

/** The sentence of the nested stack's own failure: its status has none any more once it is rolled back. */
async function failureOf(id: string, context: ResourceContext): Promise<string> {
  const { StackEvents = [] } = await context.call<DescribeStackEventsOutput>(
    'cloudformation',
    'DescribeStackEvents',
    { StackName: id },
  )
  const event = StackEvents.find(
    ({ PhysicalResourceId, ResourceStatus = '', ResourceStatusReason: reason }) =>
      PhysicalResourceId === id &&
      reason !== undefined &&
      /FAILED|ROLLBACK_IN_PROGRESS$/.test(ResourceStatus),
  )
  return (event?.ResourceStatusReason ?? '').replace('Rollback requested by user.', '')
}

function failed(message: string): AwsError {
  return new AwsError(PROPERTY_VALIDATION, message)
}

const updateStep: Step = {
  operations: ['cloudformation:UpdateStack'],
  on: ['TemplateURL', 'Parameters', 'Tags'],
  run: async ({ physicalId: StackName, after }, context) => {
    const Tags = tagList(after['Tags']).map(({ Key, Value }) => ({ Key, Value }))
    try {
      await context.call('cloudformation', 'UpdateStack', { StackName, ...sourceOf(after, context), Tags })
    } catch (error) {
      // It is so already, a rollback of its own may have brought it there.
      if (messageOf(error) !== 'No updates are to be performed.') throw error
      return undefined
    }
    return StackName
  },
  progress: async (id, _ticket, context) => {
    const status = (await find(id, context))?.StackStatus ?? ''
    if (status.endsWith('_IN_PROGRESS')) return 'pending'
    if (!status.includes('ROLLBACK') && !status.endsWith('FAILED')) return 'ready'
    const reason = await failureOf(id, context)
    throw failed(
      `Embedded stack ${id} was not successfully updated. Currently in ${status} with reason: ${reason}`,
    )
  },
}

function attributesOf({ Outputs = [] }: Stack): Record<string, string> {
  return Object.fromEntries(
    Outputs.map(({ OutputKey = '', OutputValue = '' }) => [`${OUTPUTS}.${OutputKey}`, OutputValue]),
  )
}

export const nestedStack: ResourceType = {
  name: 'AWS::CloudFormation::Stack',
  create: {
    operations: ['cloudformation:CreateStack'],
    on: ['TemplateURL', 'Parameters', 'Tags'],
    // The same client token again is answered with the stack that it has made.
    run: async (properties, context) => {
      const { StackId = '' } = await context.call<{ StackId?: string }>('cloudformation', 'CreateStack', {
        StackName: generatedName(context, 128),
        ...sourceOf(properties, context),
        Tags: allTags(properties, context),
        ClientRequestToken: context.token,
      })
      return StackId
    },
  },
  update: [updateStep],
  attributes: [],
  namedAttributes: OUTPUTS,
  changingAttributes: [OUTPUTS],
  read: async (id, context) => {
    const stack = await find(id, context)
    const status = stack?.StackStatus ?? ''
    if (status.endsWith('_IN_PROGRESS')) return PENDING
    if (stack && !status.startsWith('ROLLBACK') && status !== 'CREATE_FAILED') {
      return { state: 'ready', attributes: attributesOf(stack) }
    }
    throw failed(`Embedded stack ${id} was not successfully created: ${await failureOf(id, context)}`)
  },
  remove: async (id, context) => {
    const status = (await find(id, context))?.StackStatus ?? 'DELETE_COMPLETE'
    if (status === 'DELETE_COMPLETE') return true
    if (status === 'DELETE_IN_PROGRESS') return false
    await context.call('cloudformation', 'DeleteStack', { StackName: id })
    return false
  },
}
