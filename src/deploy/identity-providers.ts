// Owns the OIDC providers of the file whose users a cluster lets in.
// Source: eksctl pkg/actions/identityproviders/associate.go.
import {
  AssociateIdentityProviderConfigCommand,
  DescribeIdentityProviderConfigCommand,
  type OidcIdentityProviderConfig,
} from '@aws-sdk/client-eks'

import type { IdentityProviderConfig } from '../config/cluster-config.ts'
import { isAwsCode } from '../base/errors.ts'
import type { DeployContext } from './context.ts'
import { projectTags } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { waitFor } from './wait.ts'

// eksctl waits as long (associate.go, waitForAssociation).
const ASSOCIATION_TIMEOUT_MS = 35 * 60_000

/** Associates the provider and waits until its users get in; one of this name that is there already is left as it is. */
export async function ensureIdentityProvider(
  context: DeployContext,
  provider: IdentityProviderConfig,
): Promise<StepResult> {
  const { cloud, config } = context
  const clusterName = config.metadata.name
  if (await find(context, provider.name)) return { outcome: 'unchanged' }
  await cloud.eks.send(
    new AssociateIdentityProviderConfigCommand({
      clusterName,
      oidc: {
        identityProviderConfigName: provider.name,
        issuerUrl: provider.issuerURL,
        clientId: provider.clientID,
        ...optional('usernameClaim', provider.usernameClaim),
        ...optional('usernamePrefix', provider.usernamePrefix),
        ...optional('groupsClaim', provider.groupsClaim),
        ...optional('groupsPrefix', provider.groupsPrefix),
        ...(provider.requiredClaims === undefined ? {} : { requiredClaims: { ...provider.requiredClaims } }),
      },
      tags: { ...provider.tags, ...projectTags(clusterName) },
    }),
  )
  let status = ''
  return waitFor(
    async () => {
      status = (await find(context, provider.name))?.status ?? 'gone'
      return status === 'ACTIVE' ? { outcome: 'created' } : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: ASSOCIATION_TIMEOUT_MS,
      describe: () => ({ message: `the identity provider ${provider.name} is still ${status}` }),
    },
  )
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [key in Name]?: string } {
  // A computed key has the type of a text to the compiler.
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: string }
}

async function find(
  { cloud, config }: DeployContext,
  name: string,
): Promise<OidcIdentityProviderConfig | undefined> {
  try {
    const { identityProviderConfig } = await cloud.eks.send(
      new DescribeIdentityProviderConfigCommand({
        clusterName: config.metadata.name,
        identityProviderConfig: { type: 'oidc', name },
      }),
    )
    return identityProviderConfig?.oidc
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}
