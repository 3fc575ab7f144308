// Owns the OIDC provider of a cluster: IAM's record of the issuer, by which service accounts take on roles.
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam'

import { formatArn } from '../base/arn.ts'
import { isAwsCode } from '../base/errors.ts'
import { issuerName } from '../rules/iam/issuer.ts'
import { partitionOf, STANDARD_PARTITION } from '../rules/regions/partitions.ts'
import { accountOf, type Cloud } from './cloud.ts'
import { stackTags, type DeployContext } from './context.ts'
import { projectTags, tagList, tagsOf, type Tags } from './ownership.ts'
import type { DeployedCluster } from './up-result.ts'
import type { StepResult } from './progress.ts'

// sha1 of the root that EKS issuers chain to; IAM has ignored it since it trusts the public roots itself.
const EKS_ROOT_THUMBPRINT = '9e99a48a9960b14926bb7f3b02e22da2b0ab7280'

/** Registers the cluster's issuer with IAM, unless somebody has. */
export async function ensureOidcProvider(
  { cloud, config }: DeployContext,
  cluster: DeployedCluster,
): Promise<StepResult> {
  if (await findOidcProvider(cloud, cluster)) return { outcome: 'unchanged' }
  try {
    await cloud.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: cluster.issuer,
        ClientIDList: ['sts.amazonaws.com'],
        ThumbprintList: [EKS_ROOT_THUMBPRINT],
        Tags: tagList({ ...stackTags(config), ...projectTags(config.metadata.name) }),
      }),
    )
    return { outcome: 'created' }
  } catch (error) {
    // Another run was quicker.
    if (isAwsCode(error, 'EntityAlreadyExists', 'EntityAlreadyExistsException'))
      return { outcome: 'unchanged' }
    throw error
  }
}

export interface OidcProvider {
  readonly arn: string
  readonly tags: Tags
}

/** The provider of the cluster's issuer, or undefined when IAM has none. */
export async function findOidcProvider(
  cloud: Cloud,
  cluster: DeployedCluster,
): Promise<OidcProvider | undefined> {
  const arn = formatArn({
    partition: (partitionOf(cloud.region) ?? STANDARD_PARTITION).name,
    service: 'iam',
    region: '',
    accountId: await accountOf(cloud),
    resource: `oidc-provider/${issuerName(cluster.issuer)?.name}`,
  })
  try {
    const { Tags: list } = await cloud.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    )
    return { arn, tags: tagsOf(list) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Removes a provider. @returns false when it was gone already. */
export async function deleteOidcProvider(cloud: Cloud, arn: string): Promise<boolean> {
  try {
    await cloud.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')
}
