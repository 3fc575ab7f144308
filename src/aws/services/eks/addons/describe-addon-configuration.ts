// Owns DescribeAddonConfiguration.
import type {
  DescribeAddonConfigurationRequest,
  DescribeAddonConfigurationResponse,
} from '@aws-sdk/client-eks'

import { versionsOfAddon } from '../../../../rules/eks/addons.ts'
import { operation } from '../../../protocol/operation.ts'
import { invalidParameter } from '../errors.ts'
import type { Eks } from '../state.ts'
import { requireDefinition } from './check.ts'
import { schemaOf } from './configuration-schema.ts'

/** The schema of configurationValues, and the policy recommended for an IAM role. @throws AwsError InvalidParameterException */
export const describeAddonConfiguration = operation<
  Eks,
  DescribeAddonConfigurationRequest,
  DescribeAddonConfigurationResponse
>()({
  honours: ['addonName', 'addonVersion'],
  handle: (input, eks) => {
    const definition = requireDefinition(input.addonName)
    const { identity } = definition
    const offered = eks.ports.versions.flatMap(({ version }) => versionsOfAddon(definition, version))
    if (input.addonVersion !== undefined && !offered.includes(input.addonVersion)) {
      throw invalidParameter('Addon version specified is not supported', { addonName: definition.name })
    }
    return {
      addonName: definition.name,
      addonVersion: input.addonVersion,
      configurationSchema: JSON.stringify({
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...schemaOf(definition),
      }),
      podIdentityConfiguration: identity
        ? [{ serviceAccount: identity.serviceAccount, recommendedManagedPolicies: [...identity.policyArns] }]
        : [],
    }
  },
})
