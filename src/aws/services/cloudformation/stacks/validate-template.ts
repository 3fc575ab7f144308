// Owns ValidateTemplate.
import type { ValidateTemplateInput, ValidateTemplateOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { checkTypes, requiredCapability } from './source.ts'

/** @throws AwsError ValidationError */
export const validateTemplate = operation<CloudFormation, ValidateTemplateInput, ValidateTemplateOutput>()({
  honours: ['TemplateBody'],
  handle: (input) => {
    if (!input.TemplateBody) throw validationError('Either Template URL or Template Body must be specified.')
    const template = parseTemplate(input.TemplateBody)
    checkTypes(template)
    const capability = requiredCapability(template)
    return {
      Description: template.description,
      Parameters: Object.entries(template.parameters).map(([ParameterKey, parameter]) => ({
        ParameterKey,
        DefaultValue: parameter.default,
        NoEcho: parameter.noEcho,
        Description: parameter.description,
      })),
      Capabilities: capability ? [capability] : [],
    }
  },
})
