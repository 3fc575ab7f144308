// Owns the resource type AWS::IAM::ManagedPolicy: a new document is a new version of the policy.
import type {
  GetPolicyResponse,
  GetPolicyVersionResponse,
  ListPolicyVersionsResponse,
} from '@aws-sdk/client-iam'

import type { TemplateObject } from '../../template/template.ts'
import { documentAs, seen, unlessGone } from '../actual.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { textAt } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { documentOf, GONE, pathOf } from './iam.ts'
import { isSameOwner, keyOf, OWNERS, ownersOf } from './owners.ts'

/** "A managed policy can have up to five versions" (API_CreatePolicyVersion). */
const MAX_VERSIONS = 5

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'ManagedPolicyName') ?? generatedName(context, 128)
}

function arnOf(properties: TemplateObject, context: ResourceContext): string {
  return `arn:aws:iam::${context.accountId}:policy${pathOf(properties)}${nameOf(properties, context)}`
}

async function get(PolicyArn: string, context: ResourceContext): Promise<GetPolicyResponse> {
  return await context.call<GetPolicyResponse>('iam', 'GetPolicy', { PolicyArn })
}

/** Makes room for one more version: of those that are not the default the oldest goes. */
async function makeRoom(PolicyArn: string, context: ResourceContext): Promise<void> {
  const { Versions = [] } = await context.call<ListPolicyVersionsResponse>('iam', 'ListPolicyVersions', {
    PolicyArn,
  })
  const numberOf = (id: string | undefined): number => Number(id?.slice(1))
  const spare = Versions.filter((version) => !version.IsDefaultVersion).toSorted(
    (a, b) => numberOf(a.VersionId) - numberOf(b.VersionId),
  )
  if (Versions.length < MAX_VERSIONS || !spare[0]) return
  await context.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId: spare[0].VersionId })
}

/** The document in force. IAM answers it URL-encoded (API_GetPolicyVersion). */
async function documentIn(PolicyArn: string, context: ResourceContext): Promise<string> {
  const { Policy } = await get(PolicyArn, context)
  const { PolicyVersion } = await context.call<GetPolicyVersionResponse>('iam', 'GetPolicyVersion', {
    PolicyArn,
    VersionId: Policy?.DefaultVersionId,
  })
  return decodeURIComponent(PolicyVersion?.Document ?? '')
}

const documentStep: Step = {
  operations: ['iam:CreatePolicyVersion', 'iam:DeletePolicyVersion'],
  on: ['PolicyDocument'],
  run: async ({ physicalId: PolicyArn, after }, context) => {
    await makeRoom(PolicyArn, context)
    const PolicyDocument = documentOf(after['PolicyDocument'])
    await context.call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true })
  },
  isDone: async ({ physicalId: PolicyArn, after }, context) => {
    return (await documentIn(PolicyArn, context)) === documentOf(after['PolicyDocument'])
  },
}

const ownersStep: Step = {
  operations: ['Role', 'User', 'Group'].flatMap((kind) => [
    `iam:Attach${kind}Policy`,
    `iam:Detach${kind}Policy`,
  ]),
  on: OWNERS,
  run: async ({ physicalId: PolicyArn, before, after }, context) => {
    const next = ownersOf(after)
    for (const owner of ownersOf(before)) {
      if (next.some((other) => isSameOwner(other, owner))) continue
      await tolerating(GONE, () =>
        context.call('iam', `Detach${owner.kind}Policy`, { ...keyOf(owner), PolicyArn }),
      )
    }
    for (const owner of next) {
      await context.call('iam', `Attach${owner.kind}Policy`, { ...keyOf(owner), PolicyArn })
    }
  },
}

async function removeVersions(PolicyArn: string, context: ResourceContext): Promise<void> {
  const { Versions = [] } = await context.call<ListPolicyVersionsResponse>('iam', 'ListPolicyVersions', {
    PolicyArn,
  })
  for (const { VersionId, IsDefaultVersion } of Versions) {
    if (!IsDefaultVersion) await context.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId })
  }
}

export const managedPolicy: ResourceType = {
  name: 'AWS::IAM::ManagedPolicy',
  customName: 'ManagedPolicyName',
  create: {
    operations: ['iam:CreatePolicy'],
    on: ['ManagedPolicyName', 'Path', 'Description', 'PolicyDocument'],
    run: async (properties, context) => {
      const Description = textAt(properties, 'Description')
      await context.call('iam', 'CreatePolicy', {
        PolicyName: nameOf(properties, context),
        Path: pathOf(properties),
        ...(Description === undefined ? {} : { Description }),
        PolicyDocument: documentOf(properties['PolicyDocument']),
      })
      return arnOf(properties, context)
    },
    find: async (properties, context) => {
      const arn = arnOf(properties, context)
      const created = async () => (await get(arn, context)).Policy?.CreateDate
      return (await isMadeSince(context, created, GONE)) ? arn : undefined
    },
  },
  update: [documentStep, ownersStep],
  attributes: ['DefaultVersionId', 'PolicyArn', 'PolicyId'],
  changingAttributes: ['DefaultVersionId'],
  read: async (PolicyArn, context) => {
    const { Policy } = await get(PolicyArn, context)
    const { PolicyId = '', DefaultVersionId = '' } = Policy ?? {}
    return { state: 'ready', attributes: { PolicyArn, PolicyId, DefaultVersionId } }
  },
  actual: async (PolicyArn, context, expected) => {
    const answer = await unlessGone(GONE, () => get(PolicyArn, context))
    if (!answer) return undefined
    const document = await documentIn(PolicyArn, context)
    return seen(expected, { PolicyDocument: documentAs(expected['PolicyDocument'], document) })
  },
  remove: async (PolicyArn, context, properties) => {
    await ownersStep.run({ physicalId: PolicyArn, before: properties, after: {} }, context)
    await tolerating(GONE, () => removeVersions(PolicyArn, context))
    await tolerating(GONE, () => context.call('iam', 'DeletePolicy', { PolicyArn }))
    return true
  },
}
