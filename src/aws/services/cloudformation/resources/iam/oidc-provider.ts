// Owns the resource type AWS::IAM::OIDCProvider.
import type {
  CreateOpenIDConnectProviderResponse,
  GetOpenIDConnectProviderResponse,
} from '@aws-sdk/client-iam'

import type { TemplateObject } from '../../template/template.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { textAt, textsOf } from '../members.ts'
import { notEmulated } from '../plan-change.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'
import { GONE } from './iam.ts'

// IAM names a provider after the host and path of its issuer.
function arnOf(properties: TemplateObject, context: ResourceContext): string {
  const issuer = (textAt(properties, 'Url') ?? '').replace(/^https:\/\//, '').replace(/\/$/, '')
  return `arn:aws:iam::${context.accountId}:oidc-provider/${issuer}`
}

const tagsStep: Step = {
  operations: ['iam:TagOpenIDConnectProvider'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    if (goneKeys.length > 0) throw notEmulated('Taking tags from an OpenID Connect provider')
    await context.call('iam', 'TagOpenIDConnectProvider', {
      OpenIDConnectProviderArn: change.physicalId,
      Tags: put.map(({ Key, Value }) => ({ Key, Value })),
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
  update: [tagsStep],
  attributes: ['Arn'],
  read: (arn) => Promise.resolve({ state: 'ready', attributes: { Arn: arn } }),
  remove: async (OpenIDConnectProviderArn, context) => {
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }),
    )
    return true
  },
}
