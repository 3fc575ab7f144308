// Owns GetTemplate.
import type { GetTemplateInput, GetTemplateOutput } from '@aws-sdk/client-cloudformation'

import type { CloudFormation } from '../state.ts'
import { findStack } from './lookup.ts'

/** The template as it was sent. @throws AwsError ValidationError */
export function getTemplate(input: GetTemplateInput, cloudformation: CloudFormation): GetTemplateOutput {
  const stack = findStack(cloudformation, input.StackName)
  return { TemplateBody: stack.templateBody, StagesAvailable: ['Original', 'Processed'] }
}
