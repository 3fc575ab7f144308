// Owns ValidateTemplate.
import type { ValidateTemplateInput, ValidateTemplateOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import type { CloudFormation } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { checkTypes, requiredCapability } from './source.ts'
import { bodyOf } from './source-input.ts'
import { fetchText } from './template-url.ts'

/** @throws AwsError ValidationError */
export const validateTemplate = operation<CloudFormation, ValidateTemplateInput, ValidateTemplateOutput>()({
  honours: ['TemplateBody', 'TemplateURL'],
  handle: async (input, cloudformation, { principal }) => {
    const { TemplateURL: url } = input
    const fetched = url === undefined ? undefined : await fetchText(cloudformation, { url, principal })
    const template = parseTemplate(bodyOf(input, {}, fetched))
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
