// Owns the decision on each request of the endpoint: its action, its resources, its keys, judged by what the principal
// has been given.
import { own } from '../../base/json.ts'
import { allowsEverything, decide, type AppliedPolicies, type Decision } from '../../rules/iam/evaluate.ts'
import type { AuthorizationRequest, Authorizer } from '../protocol/authorizer.ts'
import type { AwsCaller, Principal } from '../protocol/service.ts'
import type { Clock } from '../../base/clock.ts'
import { deniedError } from './denied.ts'
import { dependentsOf, type Dependent } from './dependent.ts'
import { ALWAYS_ALLOWED, SHOWN } from './exceptions.ts'
import { InputValues } from './input-values.ts'
import { instanceRoles } from './instance-roles.ts'
import { findArn, findTags } from './lookups.ts'
import { actionOf, publishedAction, type PublishedAction } from './published.ts'
import {
  generalKey,
  globalKeys,
  keysFor,
  requestTagKeys,
  resourceTagKeys,
  serviceKeys,
  tagsOf,
  type Keys,
  type PrincipalDetails,
} from './request-keys.ts'
import { mayHaveOwnPolicy, policyOfResource } from './resource-policies.ts'
import { shownArn, targetsOf, type Place, type Target } from './resources.ts'
import { shownOfIam } from './shown-iam.ts'

/** What IAM says of a principal. */
export interface PrincipalRights extends PrincipalDetails {
  readonly policies: AppliedPolicies
}

export interface AuthorizerOptions {
  /** Who may do what; nothing for a principal that is no longer there. */
  readonly rightsOf: (principal: Principal) => PrincipalRights
  /** The policy of a resource, where it has one that decides: the trust policy of a role that is to be assumed. */
  readonly resourcePolicy?: (action: string, arn: string, principal: Principal) => AppliedPolicies['resource']
  readonly caller: AwsCaller
  readonly clock: Clock
}

/**
 * Decides by the policies of IAM. Calls of the region's own parts act as the account's root and are not judged; nor are
 * those of an administrator.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return {
    authorize: (request) => {
      const { principal } = request.context
      // Anonymous calls are of operations that need no signature.
      if (principal.arn.endsWith(':root') || principal.arn === 'anonymous') return undefined
      const action = actionOf(request.service, request.operation)
      const name = action?.name ?? `${request.service.signingName}:${request.operation}`
      if (ALWAYS_ALLOWED.has(name)) return undefined
      const rights = options.rightsOf(principal)
      if (allowsEverything(rights.policies) && !mayHaveOwnPolicy(name)) return undefined
      const unpublished = { prefix: name.split(':')[0] ?? '', name, keys: [], resources: [] }
      return judge({ request, action: action ?? unpublished, rights }, options)
    },
  }
}

interface Case {
  readonly request: AuthorizationRequest
  readonly action: PublishedAction
  readonly rights: PrincipalRights
}

async function judge(given: Case, options: AuthorizerOptions): Promise<void> {
  const { request, action, rights } = given
  const { context, input } = request
  const values = new InputValues(input)
  const place = { partition: 'aws', region: context.region, accountId: context.accountId }
  const global = globalKeys(context, rights, options.clock.now())
  const targets = targetsOf(action, values, place)
  const own = serviceKeys(action, values, context.region)
  await judgeTargets({ ...given, values, place, keys: { ...global, ...own } }, targets, options)
  const dependents = [
    ...dependentsOf(action, input, values),
    ...(await instanceRoles({ action, input, values }, options.caller)),
  ]
  for (const dependent of dependents) {
    const further = publishedAction(dependent.action)
    if (!further) continue
    const on = dependentTargets(dependent, targets)
    const keys = { ...global, ...dependent.keys }
    await judgeTargets({ ...given, action: further, values, place, keys }, on, options)
  }
}

function dependentTargets({ on }: Dependent, targets: readonly Target[]): readonly Target[] {
  if ('arn' in on) return [{ arn: on.arn, type: undefined, keys: undefined }]
  if (on.type === undefined) return targets.map((target) => ({ ...target, keys: undefined }))
  return targets.filter(({ type }) => type === on.type).map((target) => ({ ...target, keys: undefined }))
}

interface Question extends Case {
  readonly values: InputValues
  readonly place: Place
  readonly keys: Keys
}

async function judgeTargets(
  question: Question,
  targets: readonly Target[],
  options: AuthorizerOptions,
): Promise<void> {
  const { action, rights, request } = question
  const interest = interestOf(action.name, rights.policies)
  const published = new Set(action.resources.flatMap(({ keys }) => keys.map(generalKey)))
  for (const target of targets) {
    let seen = interest.resources ? await whole(target, question, options.caller) : target
    let { decision, keys } = await decideOn(seen, { question, published, interest }, options)
    if (decision.allowed) continue
    if (!interest.resources) seen = await whole(target, question, options.caller)
    throw deniedError({
      service: request.service,
      principal: request.context.principal,
      action: action.name,
      resource: seen.arn,
      shown: shownOf(question, seen),
      keys,
      decision,
    })
  }
}

async function decideOn(
  { arn, type, keys: ofTarget }: Target,
  given: { question: Question; published: ReadonlySet<string>; interest: Interest },
  { caller, resourcePolicy }: AuthorizerOptions,
): Promise<{ decision: Decision; keys: Keys }> {
  const { action, rights, request, values, keys: known } = given.question
  const tags = given.interest.tags ? await findTags(caller, `${action.prefix}:${type}`, arn) : {}
  const all = {
    ...known,
    ...requestTagKeys(tagsOf(request.input, type), values.of(['TagKeys'])),
    ...resourceTagKeys(action.prefix, tags),
  }
  const keys = keysFor(all, ofTarget, given.published) as Keys
  const { principal } = request.context
  const resource = mayHaveOwnPolicy(action.name)
    ? await policyOfResource(caller, { action: action.name, arn, input: request.input, values }, principal)
    : resourcePolicy?.(action.name, arn, principal)
  const policies = resource ? { ...rights.policies, resource } : rights.policies
  return { decision: decide({ action: action.name, resource: arn, keys }, policies), keys }
}

interface Interest {
  /** Whether any statement about the action tells resources apart. */
  readonly resources: boolean
  /** Whether any asks for the tags of a resource. */
  readonly tags: boolean
}

// Most policies name no resource; what they don't ask for need not be looked up.
function interestOf(action: string, { identity, boundary, session }: AppliedPolicies): Interest {
  const name = action.toLowerCase()
  const statements = [...identity, ...(boundary ? [boundary] : []), ...(session ?? [])]
    .flatMap((policy) => policy.statements)
    .filter((statement) => statement.matchesAction(name))
  return {
    resources: statements.some(({ isAboutAll }) => !isAboutAll),
    tags: statements.some(({ conditions }) =>
      Object.values(conditions).some((keys) => Object.keys(keys).some((key) => /:resourcetag\//i.test(key))),
    ),
  }
}

/** The target with its whole ARN, where its service knows it. */
async function whole(target: Target, { action, values }: Question, caller: AwsCaller): Promise<Target> {
  if (target.type === undefined) return target
  if (action.prefix !== 'iam' && !target.arn.includes('*')) return target
  const arn = await findArn(caller, `${action.prefix}:${target.type}`, values)
  return arn === undefined ? target : { ...target, arn }
}

function shownOf({ action, place }: Question, { arn }: Target): string | undefined {
  if (action.prefix === 'iam' && action.name !== 'iam:PassRole') return shownOfIam(action.name, arn, place)
  if (action.prefix === 'logs' && !arn.includes(':log-stream:'))
    return arn === '*' ? shownArn(SHOWN['logs'] ?? '*', place) : `${arn}:log-stream:`
  if (arn !== '*') return arn
  if (!Object.hasOwn(SHOWN, action.prefix)) return arn
  const pattern = own(SHOWN, action.prefix)
  return pattern === undefined ? undefined : shownArn(pattern, place)
}
