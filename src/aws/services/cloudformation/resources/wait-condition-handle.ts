// Owns the resource type AWS::CloudFormation::WaitConditionHandle: a name for signals, and a resource that stands for
// nothing where a template needs one.
import { type ResourceType, READY } from './resource-type.ts'

export const waitConditionHandle: ResourceType = {
  name: 'AWS::CloudFormation::WaitConditionHandle',
  create: {
    operations: [],
    on: [],
    // On AWS a signed URL of its own bucket. Nobody waits for signals near: they would go nowhere, and must not go there.
    run: (_properties, { stackId, logicalId }) =>
      Promise.resolve(
        `https://wait-condition.neargate.invalid/${encodeURIComponent(stackId)}/${encodeURIComponent(logicalId)}`,
      ),
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: () => Promise.resolve(true),
}
