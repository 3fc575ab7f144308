// Owns the resource type AWS::CDK::Metadata, which CDK adds to every stack to count its users. Nothing is made.
import { generatedName } from './generated-name.ts'
import { type ResourceType, READY } from './resource-type.ts'

export const cdkMetadata: ResourceType = {
  name: 'AWS::CDK::Metadata',
  create: {
    operations: [],
    on: ['Analytics'],
    run: (_properties, context) => Promise.resolve(generatedName(context)),
  },
  update: [
    {
      operations: [],
      on: ['Analytics'],
      run: () => Promise.resolve(),
    },
  ],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: () => Promise.resolve(true),
}
