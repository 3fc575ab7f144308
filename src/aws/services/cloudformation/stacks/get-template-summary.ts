// Owns GetTemplateSummary: what a template, or that of a stack, asks for.
import type { GetTemplateSummaryInput, GetTemplateSummaryOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation } from '../state.ts'
import { parseTemplate, type Template } from '../template/template.ts'
import { findStack } from './lookup.ts'
import { checkTypes, iamTypes, requiredCapability } from './source.ts'
import { bodyOf } from './source-input.ts'
import { fetchText } from './template-url.ts'

/** @throws AwsError ValidationError */
export const getTemplateSummary = operation<
  CloudFormation,
  GetTemplateSummaryInput,
  GetTemplateSummaryOutput
>()({
  honours: ['TemplateBody', 'TemplateURL', 'StackName'],
  handle: async (input, cloudformation, { principal }) => {
    const { StackName, TemplateURL: url } = input
    const stack = StackName === undefined ? undefined : findStack(cloudformation, StackName)
    if (stack?.status === 'REVIEW_IN_PROGRESS') {
      throw validationError('GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.')
    }
    const fetched =
      url === undefined ? stack?.templateBody : await fetchText(cloudformation, { url, principal })
    const template = parseTemplate(bodyOf(input, {}, fetched))
    checkTypes(template)
    return {
      ...(template.description === undefined ? {} : { Description: template.description }),
      Parameters: parametersOf(template),
      ...capabilitiesOf(template),
      ResourceTypes: [...new Set(Object.values(template.resources).map(({ type }) => type))],
      // The only version that there is.
      Version: '2010-09-09',
    }
  },
})

function parametersOf({ parameters }: Template): GetTemplateSummaryOutput['Parameters'] {
  return Object.entries(parameters).map(([ParameterKey, parameter]) => ({
    ParameterKey,
    DefaultValue: parameter.default,
    ParameterType: parameter.type,
    NoEcho: parameter.noEcho,
    Description: parameter.description,
    ParameterConstraints: parameter.allowedValues ? { AllowedValues: [...parameter.allowedValues] } : {},
  }))
}

function capabilitiesOf(
  template: Template,
): Pick<GetTemplateSummaryOutput, 'Capabilities' | 'CapabilitiesReason'> {
  const capability = requiredCapability(template)
  if (capability === undefined) return {}
  const reason = `The following resource(s) require capabilities: [${iamTypes(template).join(', ')}]`
  return { Capabilities: [capability], CapabilitiesReason: reason }
}
