// Owns the steps of CloudFormation.
import { step, type Step } from './step.ts'

const STACK = { StackName: 'first' }
const template = (days: number): string =>
  JSON.stringify({
    Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: days } } },
    Outputs: { Name: { Value: { Ref: 'Group' }, Export: { Name: 'first-group' } } },
  })
// Waits for a signal to its one resource, which is made at once.
const WAITING = JSON.stringify({
  Resources: {
    Wait: {
      Type: 'AWS::CloudFormation::WaitCondition',
      CreationPolicy: { ResourceSignal: { Count: 9, Timeout: 'PT1H' } },
    },
  },
})
const CHANGE = { ...STACK, ChangeSetName: 'change' }

/** Makes, changes and removes a stack. */
export const stacks: readonly Step[] = [
  step('cloudformation', 'ValidateTemplate', { TemplateBody: template(1) }),
  step('cloudformation', 'CreateStack', { ...STACK, TemplateBody: template(1) }),
  step('cloudformation', 'DescribeStacks', { ...STACK }),
  step('cloudformation', 'ListStacks'),
  step('cloudformation', 'DescribeStackEvents', { ...STACK }),
  step('cloudformation', 'GetTemplate', { ...STACK }),
  step('cloudformation', 'DescribeStackResources', { ...STACK }),
  step('cloudformation', 'DescribeStackResource', { ...STACK, LogicalResourceId: 'Group' }),
  step('cloudformation', 'ListStackResources', { ...STACK }),
  step('cloudformation', 'ListExports'),
  step('cloudformation', 'UpdateTerminationProtection', { ...STACK, EnableTerminationProtection: false }),
  step('cloudformation', 'SetStackPolicy', {
    ...STACK,
    StackPolicyBody: JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' }],
    }),
  }),
  step('cloudformation', 'GetStackPolicy', { ...STACK }),
  step('cloudformation', 'DetectStackDrift', { ...STACK }, { detection: 'StackDriftDetectionId' }),
  step('cloudformation', 'DescribeStackDriftDetectionStatus', ({ detection }) => ({
    StackDriftDetectionId: detection,
  })),
  step('cloudformation', 'DescribeStackResourceDrifts', { ...STACK }),
  step('cloudformation', 'DetectStackResourceDrift', { ...STACK, LogicalResourceId: 'Group' }),
  step('cloudformation', 'UpdateStack', { ...STACK, TemplateBody: template(3) }),
  step('cloudformation', 'CreateChangeSet', { ...CHANGE, TemplateBody: template(5) }),
  step('cloudformation', 'DescribeChangeSet', { ...CHANGE }),
  step('cloudformation', 'ListChangeSets', { ...STACK }),
  step('cloudformation', 'GetTemplateSummary', { TemplateBody: template(1) }),
  step('cloudformation', 'ExecuteChangeSet', { ...CHANGE }),
  step('cloudformation', 'CreateChangeSet', { ...STACK, ChangeSetName: 'other', TemplateBody: template(7) }),
  step('cloudformation', 'DeleteChangeSet', { ...STACK, ChangeSetName: 'other' }),
  step('cloudformation', 'CreateStack', { StackName: 'waiting', TemplateBody: WAITING }),
  step('cloudformation', 'SignalResource', {
    StackName: 'waiting',
    LogicalResourceId: 'Wait',
    UniqueId: 'first',
    Status: 'SUCCESS',
  }),
  step('cloudformation', 'DeleteStack', { StackName: 'waiting' }),
  step('cloudformation', 'DeleteStack', { ...STACK }),
]
