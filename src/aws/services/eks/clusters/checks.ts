// Owns what CreateCluster and UpdateClusterConfig refuse of endpoints, addresses, security groups and encryption.
// Where no source is named the words are Neargate's: those of AWS were not found.
import { AwsError } from '../../../../base/errors.ts'
import { unreachableCidrs } from '../../../../rules/eks/cluster-network.ts'
import { invalidParameter } from '../errors.ts'
import type { Eks } from '../state.ts'

interface Endpoints {
  readonly endpointPublicAccess?: boolean | undefined
  readonly endpointPrivateAccess?: boolean | undefined
  readonly publicAccessCidrs?: readonly string[] | undefined
}

/** @throws AwsError InvalidParameterException for an endpoint that nobody could reach */
export function checkEndpoints(endpoints: Endpoints): void {
  const { endpointPublicAccess = true, endpointPrivateAccess = false, publicAccessCidrs = [] } = endpoints
  if (!endpointPublicAccess && !endpointPrivateAccess) {
    throw invalidParameter('Private and public endpoint access cannot be false')
  }
  const wrong = unreachableCidrs(publicAccessCidrs)
  if (wrong.length === 0) return
  throw invalidParameter(`The following CIDRs are not valid in publicAccessCidrs: [${wrong.join(', ')}]`)
}

/** @throws AwsError InvalidParameterException with EC2's words for a group that is not there */
export async function checkSecurityGroups(eks: Eks, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return
  try {
    await eks.deps.caller.call('ec2', 'DescribeSecurityGroups', { GroupIds: groupIds })
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidGroup')) {
      throw invalidParameter(error.message)
    }
    throw error
  }
}

/** @throws AwsError InvalidParameterException: only secrets can be encrypted, with a key that is named by its ARN */
export function checkEncryption(
  configs: readonly {
    readonly resources?: readonly string[] | undefined
    readonly provider?: { readonly keyArn?: string | undefined } | undefined
  }[],
): void {
  for (const { resources = [], provider } of configs) {
    if (resources.join() !== 'secrets') throw invalidParameter('The only resource to encrypt is secrets')
    const keyArn = provider?.keyArn ?? ''
    if (!/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/.+$/.test(keyArn)) {
      throw invalidParameter(`Invalid key ARN: ${keyArn}`)
    }
  }
}
