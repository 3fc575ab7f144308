// Owns GetTemplate.
import type { GetTemplateInput, GetTemplateOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { findChangeSet } from '../change-sets/find-change-set.ts'
import type { CloudFormation } from '../state.ts'
import { findStack } from './lookup.ts'

/** The template as it was sent: without transforms, what is processed is the same. @throws AwsError ValidationError */
export const getTemplate = operation<CloudFormation, GetTemplateInput, GetTemplateOutput>()({
  honours: ['StackName', 'ChangeSetName', 'TemplateStage'],
  handle: (input, cloudformation) => {
    const { templateBody } = input.ChangeSetName
      ? findChangeSet(cloudformation, input).record
      : findStack(cloudformation, input.StackName)
    return { TemplateBody: templateBody, StagesAvailable: ['Original', 'Processed'] }
  },
})
