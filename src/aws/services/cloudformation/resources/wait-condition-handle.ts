// Owns the resource type AWS::CloudFormation::WaitConditionHandle: the URL that signals for a wait condition are put to.
import { type ResourceType, READY } from './resource-type.ts'

export const waitConditionHandle: ResourceType = {
  name: 'AWS::CloudFormation::WaitConditionHandle',
  create: {
    operations: [],
    on: [],
    // On AWS a signed URL of a bucket of its own; here one of the region's endpoint, which takes the same requests.
    run: (_properties, context) => Promise.resolve(context.handleUrl()),
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: () => Promise.resolve(true),
}
