// Owns the resource type AWS::EKS::IdentityProviderConfig.
import type { DescribeIdentityProviderConfigResponse, OidcIdentityProviderConfig } from '@aws-sdk/client-eks'

import { isAwsCode } from '../../../../../base/errors.ts'
import type { TemplateObject, TemplateValue } from '../../template/template.ts'
import { generatedName } from '../generated-name.ts'
import { type Members, membersOf, objectsOf, textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'
import { allTagMap } from '../tags.ts'
import { GONE, stateOf, tagsStep } from './eks.ts'

const OIDC: Members = {
  'Oidc.IssuerUrl': 'issuerUrl',
  'Oidc.ClientId': 'clientId',
  'Oidc.UsernameClaim': 'usernameClaim',
  'Oidc.UsernamePrefix': 'usernamePrefix',
  'Oidc.GroupsClaim': 'groupsClaim',
  'Oidc.GroupsPrefix': 'groupsPrefix',
  'Oidc.RequiredClaims': { to: 'requiredClaims', as: claimMap },
}

function claimMap(value: TemplateValue): Record<string, string> {
  return Object.fromEntries(
    objectsOf(value).map((claim) => [textAt(claim, 'Key') ?? '', textAt(claim, 'Value') ?? '']),
  )
}

/** `CLUSTER|oidc|NAME` */
function keyOf(id: string): object {
  const [clusterName, type, name] = id.split('|')
  return { clusterName, identityProviderConfig: { type, name } }
}

function idOf(properties: TemplateObject, context: ResourceContext): string {
  const name = textAt(properties, 'IdentityProviderConfigName') ?? generatedName(context, 63)
  return `${textAt(properties, 'ClusterName')}|oidc|${name}`
}

async function look(id: string, context: ResourceContext): Promise<OidcIdentityProviderConfig | undefined> {
  try {
    const { identityProviderConfig } = await context.call<DescribeIdentityProviderConfigResponse>(
      'eks',
      'DescribeIdentityProviderConfig',
      keyOf(id),
    )
    return identityProviderConfig?.oidc
  } catch (error) {
    if (isAwsCode(error, ...GONE)) return undefined
    throw error
  }
}

async function arnOf(id: string, context: ResourceContext): Promise<string> {
  return (await look(id, context))?.identityProviderConfigArn ?? ''
}

export const identityProviderConfig: ResourceType = {
  name: 'AWS::EKS::IdentityProviderConfig',
  customName: 'IdentityProviderConfigName',
  create: {
    operations: ['eks:AssociateIdentityProviderConfig'],
    on: ['ClusterName', 'IdentityProviderConfigName', 'Type', 'Tags', ...Object.keys(OIDC)],
    // The client token finds what an earlier attempt has made.
    run: async (properties, context) => {
      const id = idOf(properties, context)
      const [clusterName, , identityProviderConfigName] = id.split('|')
      await context.call('eks', 'AssociateIdentityProviderConfig', {
        clusterName,
        oidc: { identityProviderConfigName, ...membersOf(OIDC, properties) },
        tags: allTagMap(properties, context),
        clientRequestToken: context.token,
      })
      return id
    },
  },
  update: [tagsStep(arnOf)],
  attributes: ['IdentityProviderConfigArn'],
  read: async (id, context) => {
    const found = await look(id, context)
    const attributes = { IdentityProviderConfigArn: found?.identityProviderConfigArn ?? '' }
    return stateOf(found?.status, attributes, `Identity provider config ${id} failed to stabilize`)
  },
  remove: async (id, context) => {
    const found = await look(id, context)
    if (found?.status === 'ACTIVE') {
      await context.call('eks', 'DisassociateIdentityProviderConfig', keyOf(id))
    }
    return found === undefined
  },
}
