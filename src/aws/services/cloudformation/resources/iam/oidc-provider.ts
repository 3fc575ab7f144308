// Owns the resource type AWS::IAM::OIDCProvider.
import type {
  CreateOpenIDConnectProviderResponse,
  GetOpenIDConnectProviderResponse,
} from '@aws-sdk/client-iam'

import { issuerName } from '../../../../../rules/iam/issuer.ts'
import type { TemplateObject } from '../../template/template.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { textAt, textsOf } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'
import { GONE } from './iam.ts'

// IAM names a provider after the host and path of its issuer.
function arnOf(properties: TemplateObject, context: ResourceContext): string {
  const issuer = issuerName(textAt(properties, 'Url') ?? '')
  return `arn:aws:iam::${context.accountId}:oidc-provider/${issuer?.name}`
}

const tagsStep: Step = {
  operations: ['iam:TagOpenIDConnectProvider', 'iam:UntagOpenIDConnectProvider'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const key = { OpenIDConnectProviderArn: change.physicalId }
    if (goneKeys.length > 0) {
      await context.call('iam', 'UntagOpenIDConnectProvider', { ...key, TagKeys: goneKeys })
    }
    const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (put.length > 0) await context.call('iam', 'TagOpenIDConnectProvider', { ...key, Tags })
  },
}

const clientsStep: Step = {
  operations: ['iam:AddClientIDToOpenIDConnectProvider', 'iam:RemoveClientIDFromOpenIDConnectProvider'],
  on: ['ClientIdList'],
  run: async ({ physicalId: OpenIDConnectProviderArn, before, after }, context) => {
    const next = textsOf(after['ClientIdList'])
    for (const ClientID of textsOf(before['ClientIdList']).filter((id) => !next.includes(id))) {
      const gone = { OpenIDConnectProviderArn, ClientID }
      await context.call('iam', 'RemoveClientIDFromOpenIDConnectProvider', gone)
    }
    for (const ClientID of next) {
      await context.call('iam', 'AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID })
    }
  },
}

const thumbprintsStep: Step = {
  operations: ['iam:UpdateOpenIDConnectProviderThumbprint'],
  on: ['ThumbprintList'],
  run: async ({ physicalId: OpenIDConnectProviderArn, after }, context) => {
    const ThumbprintList = textsOf(after['ThumbprintList'])
    await context.call('iam', 'UpdateOpenIDConnectProviderThumbprint', {
      OpenIDConnectProviderArn,
      ThumbprintList,
    })
  },
}

export const oidcProvider: ResourceType = {
  name: 'AWS::IAM::OIDCProvider',
  create: {
    operations: ['iam:CreateOpenIDConnectProvider'],
    on: ['Url', 'ClientIdList', 'ThumbprintList', 'Tags'],
    run: async (properties, context) => {
      const answer = await context.call<CreateOpenIDConnectProviderResponse>(
        'iam',
        'CreateOpenIDConnectProvider',
        {
          Url: textAt(properties, 'Url'),
          ClientIDList: textsOf(properties['ClientIdList']),
          ThumbprintList: textsOf(properties['ThumbprintList']),
          Tags: allTags(properties, context),
        },
      )
      return answer.OpenIDConnectProviderArn ?? ''
    },
    find: async (properties, context) => {
      const OpenIDConnectProviderArn = arnOf(properties, context)
      const created = async () =>
        (
          await context.call<GetOpenIDConnectProviderResponse>('iam', 'GetOpenIDConnectProvider', {
            OpenIDConnectProviderArn,
          })
        ).CreateDate
      return (await isMadeSince(context, created, GONE)) ? OpenIDConnectProviderArn : undefined
    },
  },
  update: [clientsStep, thumbprintsStep, tagsStep],
  attributes: ['Arn'],
  read: (arn) => Promise.resolve({ state: 'ready', attributes: { Arn: arn } }),
  remove: async (OpenIDConnectProviderArn, context) => {
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }),
    )
    return true
  },
}
