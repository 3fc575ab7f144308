// Owns DescribeAddonConfiguration.
import type {
  DescribeAddonConfigurationRequest,
  DescribeAddonConfigurationResponse,
} from '@aws-sdk/client-eks'

import { requireDefinition } from './check.ts'

/** The schema of configurationValues, and the policy recommended for an IAM role. @throws AwsError InvalidParameterException */
export function describeAddonConfiguration(
  input: DescribeAddonConfigurationRequest,
): DescribeAddonConfigurationResponse {
  const definition = requireDefinition(input.addonName)
  const { identity } = definition
  return {
    addonName: definition.name,
    addonVersion: input.addonVersion,
    configurationSchema: JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      additionalProperties: false,
      properties: definition.configuration,
    }),
    podIdentityConfiguration: identity
      ? [{ serviceAccount: identity.serviceAccount, recommendedManagedPolicies: [identity.policyArn] }]
      : [],
  }
}
