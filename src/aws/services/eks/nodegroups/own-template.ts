// Owns reading the launch template that the caller of a node group operation brings.
import type {
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplateVersion,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2'
import type { LaunchTemplateSpecification } from '@aws-sdk/client-eks'

import { AwsError } from '../../../../base/errors.ts'
import { invalidParameter } from '../errors.ts'
import type { Eks } from '../state.ts'

/** A version of a launch template of the caller's own, pinned to its number. */
export interface OwnTemplate {
  readonly specification: Required<Pick<LaunchTemplateSpecification, 'id' | 'name' | 'version'>>
  readonly data: ResponseLaunchTemplateData
}

/** The template's version that a request names. @throws AwsError InvalidParameterException */
export async function findOwnTemplate(eks: Eks, given: LaunchTemplateSpecification): Promise<OwnTemplate> {
  const version = await describeVersion(eks, given)
  if (!version) throw invalidParameter(`The launch template ${given.id ?? given.name} was not found.`)
  return {
    specification: {
      id: version.LaunchTemplateId ?? '',
      name: version.LaunchTemplateName ?? '',
      version: String(version.VersionNumber),
    },
    data: version.LaunchTemplateData ?? {},
  }
}

async function describeVersion(
  eks: Eks,
  given: LaunchTemplateSpecification,
): Promise<LaunchTemplateVersion | undefined> {
  try {
    const answer = await eks.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
      'ec2',
      'DescribeLaunchTemplateVersions',
      {
        ...(given.id ? { LaunchTemplateId: given.id } : { LaunchTemplateName: given.name }),
        Versions: [given.version ?? '$Default'],
      },
    )
    return answer.LaunchTemplateVersions?.[0]
  } catch (error) {
    // EKS knows no codes of EC2; it passes the words on.
    if (error instanceof AwsError && error.code.startsWith('InvalidLaunchTemplate'))
      throw invalidParameter(error.message)
    throw error
  }
}
