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
  return {
    addonName: definition.name,
    addonVersion: input.addonVersion,
    configurationSchema: JSON.stringify(definition.configurationSchema),
    podIdentityConfiguration: definition.requiresIamPermissions
      ? [
          {
            serviceAccount: definition.workload.name,
            recommendedManagedPolicies: ['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'],
          },
        ]
      : [],
  }
}
