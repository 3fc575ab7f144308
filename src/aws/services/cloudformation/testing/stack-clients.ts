// Owns what tests that go through the AWS SDK see of a region with stacks: its clients, and waiting for a stack.
import * as cfn from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'

import { createEksTestRegion, type EksTestRegion } from '../../eks/testing/eks-test-region.ts'
import { createCloudFormation } from '../index.ts'

export interface StackClients {
  readonly region: EksTestRegion
  readonly cloudformation: cfn.CloudFormationClient
  readonly ec2: EC2Client
  readonly eks: EKSClient
  readonly iam: IAMClient
  readonly logs: CloudWatchLogsClient
  /** @returns the stack once nothing is under way */
  create(name: string, resources: object, input?: Partial<cfn.CreateStackCommandInput>): Promise<cfn.Stack>
  update(name: string, resources: object, input?: Partial<cfn.UpdateStackCommandInput>): Promise<cfn.Stack>
  /** Deletes it, by its id seen to the end. */
  remove(name: string): Promise<cfn.Stack>
  /** `LOGICALID STATUS REASON`, oldest first. */
  events(name: string): Promise<string[]>
  /** What a change set says of each resource: action, replacement, the properties and what they take. */
  changes(name: string, resources: object): Promise<string[]>
  physicalId(name: string, logicalId: string): Promise<string>
}

/** A region that listens, with its reconcilers running, until the end of the test. */
export async function createStackClients(): Promise<StackClients> {
  const region = await createEksTestRegion()
  const service = createCloudFormation(region.deps)
  region.services.push(service.service)
  region.run(service.controllers)
  const settings = region.client(await region.listen())
  const cloudformation = new cfn.CloudFormationClient(settings)
  const settled = (StackName: string): Promise<cfn.Stack> =>
    region.until(async () => {
      const { Stacks } = await cloudformation.send(new cfn.DescribeStacksCommand({ StackName }))
      return !Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') && Stacks?.[0]
    })
  const source = (Resources: object) => ({
    TemplateBody: JSON.stringify({ Resources }),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  })
  return {
    region,
    cloudformation,
    ec2: new EC2Client(settings),
    eks: new EKSClient(settings),
    iam: new IAMClient(settings),
    logs: new CloudWatchLogsClient(settings),
    create: async (StackName, resources, input = {}) => {
      await cloudformation.send(new cfn.CreateStackCommand({ StackName, ...source(resources), ...input }))
      return await settled(StackName)
    },
    update: async (StackName, resources, input = {}) => {
      await cloudformation.send(new cfn.UpdateStackCommand({ StackName, ...source(resources), ...input }))
      return await settled(StackName)
    },
    remove: async (StackName) => {
      const { Stacks } = await cloudformation.send(new cfn.DescribeStacksCommand({ StackName }))
      await cloudformation.send(new cfn.DeleteStackCommand({ StackName }))
      return await settled(Stacks?.[0]?.StackId ?? '')
    },
    events: async (StackName) => {
      const { StackEvents } = await cloudformation.send(new cfn.DescribeStackEventsCommand({ StackName }))
      return (StackEvents ?? [])
        .map((event) =>
          `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`.trim(),
        )
        .toReversed()
    },
    changes: async (StackName, resources) => {
      const ChangeSetName = 'look'
      await cloudformation.send(
        new cfn.CreateChangeSetCommand({ StackName, ChangeSetName, ...source(resources) }),
      )
      const { Changes = [] } = await cloudformation.send(
        new cfn.DescribeChangeSetCommand({ StackName, ChangeSetName }),
      )
      await cloudformation.send(new cfn.DeleteChangeSetCommand({ StackName, ChangeSetName }))
      return Changes.map(({ ResourceChange: change }) => {
        const details = (change?.Details ?? []).map(
          ({ Target }) => `${Target?.Name ?? Target?.Attribute}:${Target?.RequiresRecreation}`,
        )
        return [change?.LogicalResourceId, change?.Action, change?.Replacement, ...details.toSorted()]
          .filter(Boolean)
          .join(' ')
      })
    },
    physicalId: async (StackName, LogicalResourceId) => {
      const { StackResourceDetail } = await cloudformation.send(
        new cfn.DescribeStackResourceCommand({ StackName, LogicalResourceId }),
      )
      return StackResourceDetail?.PhysicalResourceId ?? ''
    },
  }
}
