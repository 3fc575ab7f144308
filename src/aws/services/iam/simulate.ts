// Owns the policy simulator: what a principal or a set of policies would allow, without doing it.
import type {
  ContextEntry,
  EvaluationResult,
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse,
  GetContextKeysForPrincipalPolicyRequest,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import { compilePolicy, type CompiledPolicy } from '../../../rules/iam/compile-policy.ts'
import { contextKeysOf } from '../../../rules/iam/context-keys.ts'
import { decide, type AppliedPolicies } from '../../../rules/iam/evaluate.ts'
import { operation } from '../../protocol/operation.ts'
import { noSuchEntity } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import { checkPolicy } from './policy-document.ts'
import { documentOf } from './rights.ts'
import type { EntityRecord, IamState, UserRecord } from './state.ts'

const CONTEXT = [
  'ContextEntries[].ContextKeyName',
  'ContextEntries[].ContextKeyType',
  'ContextEntries[].ContextKeyValues',
] as const

interface Source {
  readonly documents: readonly string[]
  readonly boundary?: string | undefined
}

// A principal is a user, a group or a role; sessions and the root user can't be one.
function sourceOf(iam: IamState, arn: string): Source {
  const [kind = '', ...path] = (arn.split(':')[5] ?? '').split('/')
  const name = path.at(-1) ?? ''
  if (!['user', 'group', 'role'].includes(kind)) {
    throw new AwsError(
      'InvalidInput',
      `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`,
    )
  }
  const tables = { user: iam.users, group: iam.groups, role: iam.roles }
  // The kind was looked at above.
  const entity: (EntityRecord & { boundary?: string }) | undefined =
    tables[kind as keyof typeof tables].get(name)
  if (entity?.arn !== arn) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
  const groups = kind === 'user' ? (entity as UserRecord).groups : []
  const all = [entity, ...groups.flatMap((group) => iam.groups.get(group) ?? [])]
  const documents = all.flatMap(({ attached, inline }) => [
    ...attached.flatMap((each) => documentOf(iam, each) ?? []),
    ...Object.values(inline),
  ])
  return { documents, boundary: entity.boundary === undefined ? undefined : documentOf(iam, entity.boundary) }
}

function compileAll(documents: readonly string[]): readonly CompiledPolicy[] {
  for (const document of documents) checkPolicy(document, 'inline')
  return documents.map(compilePolicy)
}

interface Asked {
  readonly ActionNames?: readonly string[] | undefined
  readonly ResourceArns?: readonly string[] | undefined
  readonly ContextEntries?: readonly ContextEntry[] | undefined
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

function simulate(
  asked: Asked,
  policies: AppliedPolicies,
  wanted: readonly string[],
): SimulatePolicyResponse {
  const { ActionNames: actions = [], ResourceArns: resources = ['*'], ContextEntries: entries = [] } = asked
  const keys = Object.fromEntries(
    entries.map(({ ContextKeyName = '', ContextKeyValues = [] }) => [ContextKeyName, ContextKeyValues]),
  )
  const given = new Set(Object.keys(keys).map((key) => key.toLowerCase()))
  const missing = wanted.filter((key) => !given.has(key.toLowerCase()))
  const results = actions.flatMap((action) =>
    resources.map((resource): EvaluationResult => {
      const decision = decide({ action, resource, keys }, policies)
      const denied = !decision.allowed && decision.isExplicit ? 'explicitDeny' : 'implicitDeny'
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decision.allowed ? 'allowed' : denied,
        MatchedStatements: decision.matched.map(({ sid }) =>
          sid === undefined ? {} : { SourcePolicyId: sid },
        ),
        MissingContextValues: [...missing],
        ...(policies.boundary
          ? {
              PermissionsBoundaryDecisionDetail: {
                AllowedByPermissionsBoundary: decide(
                  { action, resource, keys },
                  { identity: [policies.boundary] },
                ).allowed,
              },
            }
          : {}),
      }
    }),
  )
  const { items, more } = pageOf(results, asked)
  return { EvaluationResults: items, ...more }
}

/** What a user, group or role may do. @throws AwsError NoSuchEntity, InvalidInput, MalformedPolicyDocument */
export const simulatePrincipalPolicy = operation<
  IamState,
  SimulatePrincipalPolicyRequest,
  SimulatePolicyResponse
>()({
  honours: [
    'PolicySourceArn',
    'ActionNames',
    'ResourceArns',
    'PolicyInputList',
    'PermissionsBoundaryPolicyInputList',
    ...CONTEXT,
    ...PAGES,
  ],
  keeps: ['CallerArn'],
  handle: (input, iam) => {
    const source = sourceOf(iam, input.PolicySourceArn ?? '')
    const { PolicyInputList: added = [], PermissionsBoundaryPolicyInputList: bounds = [] } = input
    const documents = [...source.documents, ...added]
    const bound = bounds[0] ?? source.boundary
    const boundary = bound === undefined ? undefined : compilePolicy(bound)
    compileAll([...added, ...bounds])
    return simulate(input, { identity: documents.map(compilePolicy), boundary }, contextKeysOf(documents))
  },
})

/** What policies would allow that nobody has. @throws AwsError MalformedPolicyDocument */
export const simulateCustomPolicy = operation<
  IamState,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse
>()({
  honours: [
    'PolicyInputList',
    'ActionNames',
    'ResourceArns',
    'PermissionsBoundaryPolicyInputList',
    ...CONTEXT,
    ...PAGES,
  ],
  keeps: ['CallerArn'],
  handle: (input) => {
    const { PolicyInputList: documents = [], PermissionsBoundaryPolicyInputList: bounds = [] } = input
    const [boundary] = compileAll(bounds)
    return simulate(input, { identity: compileAll(documents), boundary }, contextKeysOf(documents))
  },
})

/** @throws AwsError MalformedPolicyDocument */
export const getContextKeysForCustomPolicy = operation<
  IamState,
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse
>()({
  honours: ['PolicyInputList'],
  handle: (input) => {
    const { PolicyInputList: documents = [] } = input
    compileAll(documents)
    return { ContextKeyNames: [...contextKeysOf(documents)] }
  },
})

/** @throws AwsError NoSuchEntity, InvalidInput, MalformedPolicyDocument */
export const getContextKeysForPrincipalPolicy = operation<
  IamState,
  GetContextKeysForPrincipalPolicyRequest,
  GetContextKeysForPolicyResponse
>()({
  honours: ['PolicySourceArn', 'PolicyInputList'],
  handle: (input, iam) => {
    const { PolicyInputList: added = [] } = input
    compileAll(added)
    const { documents } = sourceOf(iam, input.PolicySourceArn ?? '')
    return { ContextKeyNames: [...contextKeysOf([...documents, ...added])] }
  },
})
