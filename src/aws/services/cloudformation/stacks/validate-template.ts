// Owns ValidateTemplate.
import type { ValidateTemplateInput, ValidateTemplateOutput } from '@aws-sdk/client-cloudformation'

import { validationError } from '../errors.ts'
import { parseTemplate } from '../template/template.ts'
import { checkTypes, requiredCapability } from './source.ts'

/** @throws AwsError ValidationError */
export function validateTemplate(input: ValidateTemplateInput): ValidateTemplateOutput {
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
}
