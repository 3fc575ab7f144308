// Owns the IAM resource types: Role, Policy, ManagedPolicy, InstanceProfile, OIDCProvider.
import type {
  CreateOpenIDConnectProviderResponse,
  CreatePolicyResponse,
  GetInstanceProfileResponse,
  GetOpenIDConnectProviderResponse,
  GetRoleResponse,
  ListOpenIDConnectProvidersResponse,
} from '@aws-sdk/client-iam'

import type { TemplateObject, TemplateValue } from '../template/template.ts'
import {
  generatedName,
  mergeTags,
  optional,
  type ProviderContext,
  READY,
  required,
  type ResourceProvider,
  texts,
  tolerating,
} from './provider.ts'

const EXISTS = ['EntityAlreadyExists', 'EntityAlreadyExistsException']
const GONE = ['NoSuchEntity', 'NoSuchEntityException']

function document(value: TemplateValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}

function inlinePolicies(value: TemplateValue | undefined): { name: string; document: string }[] {
  return (Array.isArray(value) ? value : []).map((item) => {
    const policy = item as TemplateObject
    return { name: required(policy, 'PolicyName'), document: document(policy['PolicyDocument']) }
  })
}

async function attach(roleName: string, properties: TemplateObject, context: ProviderContext): Promise<void> {
  for (const PolicyArn of texts(properties['ManagedPolicyArns'])) {
    await context.call('iam', 'AttachRolePolicy', { RoleName: roleName, PolicyArn })
  }
  for (const policy of inlinePolicies(properties['Policies'])) {
    await context.call('iam', 'PutRolePolicy', {
      RoleName: roleName,
      PolicyName: policy.name,
      PolicyDocument: policy.document,
    })
  }
}

async function detach(roleName: string, properties: TemplateObject, context: ProviderContext): Promise<void> {
  for (const PolicyArn of texts(properties['ManagedPolicyArns'])) {
    await tolerating(GONE, () => context.call('iam', 'DetachRolePolicy', { RoleName: roleName, PolicyArn }))
  }
  for (const policy of inlinePolicies(properties['Policies'])) {
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteRolePolicy', { RoleName: roleName, PolicyName: policy.name }),
    )
  }
}

export const role: ResourceProvider = {
  replacedBy: ['RoleName', 'Path'],
  async create(properties, context) {
    const name = optional(properties, 'RoleName') ?? generatedName(context)
    const input = {
      RoleName: name,
      Path: optional(properties, 'Path') ?? '/',
      AssumeRolePolicyDocument: document(properties['AssumeRolePolicyDocument']),
      Description: optional(properties, 'Description'),
      Tags: mergeTags(properties['Tags'], context),
    }
    await tolerating(context.isRepeat ? EXISTS : [], () => context.call('iam', 'CreateRole', input))
    await attach(name, properties, context)
    return name
  },
  async read(physicalId, context) {
    const { Role } = await context.call<GetRoleResponse>('iam', 'GetRole', { RoleName: physicalId })
    return { state: 'ready', attributes: { Arn: Role?.Arn ?? '', RoleId: Role?.RoleId ?? '' } }
  },
  async update({ physicalId, before, after }, context) {
    await context.call('iam', 'UpdateAssumeRolePolicy', {
      RoleName: physicalId,
      PolicyDocument: document(after['AssumeRolePolicyDocument']),
    })
    const kept = new Set(texts(after['ManagedPolicyArns']))
    const keptPolicies = new Set(inlinePolicies(after['Policies']).map((policy) => policy.name))
    await detach(
      physicalId,
      {
        ManagedPolicyArns: texts(before['ManagedPolicyArns']).filter((arn) => !kept.has(arn)),
        Policies: (Array.isArray(before['Policies']) ? before['Policies'] : []).filter(
          (policy) => !keptPolicies.has(required(policy as TemplateObject, 'PolicyName')),
        ),
      },
      context,
    )
    await attach(physicalId, after, context)
  },
  async delete(physicalId, context, properties) {
    await detach(physicalId, properties, context)
    await tolerating(GONE, () => context.call('iam', 'DeleteRole', { RoleName: physicalId }))
    return true
  },
}

/** AWS::IAM::Policy: an inline policy of roles. */
export const policy: ResourceProvider = {
  replacedBy: ['PolicyName'],
  async create(properties, context) {
    for (const RoleName of texts(properties['Roles'])) {
      await context.call('iam', 'PutRolePolicy', {
        RoleName,
        PolicyName: required(properties, 'PolicyName'),
        PolicyDocument: document(properties['PolicyDocument']),
      })
    }
    return generatedName(context)
  },
  read: () => Promise.resolve(READY),
  async update({ before, after }, context) {
    const kept = new Set(texts(after['Roles']))
    await removeInline(
      texts(before['Roles']).filter((name) => !kept.has(name)),
      before,
      context,
    )
    await policy.create(after, context)
  },
  async delete(_physicalId, context, properties) {
    await removeInline(texts(properties['Roles']), properties, context)
    return true
  },
}

async function removeInline(roles: readonly string[], properties: TemplateObject, context: ProviderContext) {
  for (const RoleName of roles) {
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteRolePolicy', { RoleName, PolicyName: required(properties, 'PolicyName') }),
    )
  }
}

export const managedPolicy: ResourceProvider = {
  replacedBy: ['ManagedPolicyName', 'Path', 'PolicyDocument', 'Description'],
  async create(properties, context) {
    const name = optional(properties, 'ManagedPolicyName') ?? generatedName(context, 128)
    const path = optional(properties, 'Path') ?? '/'
    const arn = `arn:aws:iam::${context.accountId}:policy${path}${name}`
    await tolerating(context.isRepeat ? EXISTS : [], () =>
      context.call<CreatePolicyResponse>('iam', 'CreatePolicy', {
        PolicyName: name,
        Path: path,
        Description: optional(properties, 'Description'),
        PolicyDocument: document(properties['PolicyDocument']),
      }),
    )
    for (const RoleName of texts(properties['Roles'])) {
      await context.call('iam', 'AttachRolePolicy', { RoleName, PolicyArn: arn })
    }
    return arn
  },
  read: (physicalId) => Promise.resolve({ state: 'ready', attributes: { PolicyArn: physicalId } }),
  async delete(physicalId, context, properties) {
    for (const RoleName of texts(properties['Roles'])) {
      await tolerating(GONE, () =>
        context.call('iam', 'DetachRolePolicy', { RoleName, PolicyArn: physicalId }),
      )
    }
    await tolerating(GONE, () => context.call('iam', 'DeletePolicy', { PolicyArn: physicalId }))
    return true
  },
}

export const instanceProfile: ResourceProvider = {
  replacedBy: ['InstanceProfileName', 'Path', 'Roles'],
  async create(properties, context) {
    const InstanceProfileName = optional(properties, 'InstanceProfileName') ?? generatedName(context, 128)
    await tolerating(EXISTS, () =>
      context.call('iam', 'CreateInstanceProfile', {
        InstanceProfileName,
        Path: optional(properties, 'Path') ?? '/',
      }),
    )
    for (const RoleName of texts(properties['Roles'])) {
      await tolerating(['LimitExceeded', ...EXISTS], () =>
        context.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName }),
      )
    }
    return InstanceProfileName
  },
  async read(physicalId, context) {
    const { InstanceProfile } = await context.call<GetInstanceProfileResponse>('iam', 'GetInstanceProfile', {
      InstanceProfileName: physicalId,
    })
    return { state: 'ready', attributes: { Arn: InstanceProfile?.Arn ?? '' } }
  },
  async delete(physicalId, context, properties) {
    for (const RoleName of texts(properties['Roles'])) {
      await tolerating(GONE, () =>
        context.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName: physicalId, RoleName }),
      )
    }
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteInstanceProfile', { InstanceProfileName: physicalId }),
    )
    return true
  },
}

export const oidcProvider: ResourceProvider = {
  replacedBy: ['Url', 'ClientIdList', 'ThumbprintList'],
  async create(properties, context) {
    const made = await findProvider(context)
    if (made !== undefined) return made
    const { OpenIDConnectProviderArn } = await context.call<CreateOpenIDConnectProviderResponse>(
      'iam',
      'CreateOpenIDConnectProvider',
      {
        Url: required(properties, 'Url'),
        ClientIDList: texts(properties['ClientIdList']),
        ThumbprintList: texts(properties['ThumbprintList']),
        Tags: mergeTags(properties['Tags'], context),
      },
    )
    return OpenIDConnectProviderArn ?? ''
  },
  read: (physicalId) => Promise.resolve({ state: 'ready', attributes: { Arn: physicalId } }),
  async delete(physicalId, context) {
    await tolerating(GONE, () =>
      context.call('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: physicalId }),
    )
    return true
  },
}

// A provider has no name or client token of its own: what an earlier attempt made is told by the tags of the stack.
async function findProvider(context: ProviderContext): Promise<string | undefined> {
  const answer = await context.call<ListOpenIDConnectProvidersResponse>(
    'iam',
    'ListOpenIDConnectProviders',
    {},
  )
  for (const { Arn } of answer.OpenIDConnectProviderList ?? []) {
    const { Tags = [] } = await context.call<GetOpenIDConnectProviderResponse>(
      'iam',
      'GetOpenIDConnectProvider',
      {
        OpenIDConnectProviderArn: Arn,
      },
    )
    const has = (Key: string, Value: string) => Tags.some((tag) => tag.Key === Key && tag.Value === Value)
    const isOurs =
      has('aws:cloudformation:stack-id', context.stackId) &&
      has('aws:cloudformation:logical-id', context.logicalId)
    if (isOurs) return Arn
  }
  return undefined
}
