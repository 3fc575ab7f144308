// Owns the expressions of webhooks and policies at work: what they see of a request, and match conditions.
// Source: apiserver pkg/admission/plugin/cel/{activation,condition}.go, webhook/matchconditions/matcher.go.
import type { MatchCondition } from '../../../../generated/kubernetes.d.ts'
import { admissionEnvironment } from '../../cel/admission.ts'
import { CelCostError, CONDITIONS_BUDGET, type Budget } from '../../cel/cost/meter.ts'
import type { Program } from '../../cel/environment.ts'
import { CelError } from '../../cel/errors.ts'
import { Authorizer, type AccessQuestion } from '../../cel/library/authorizer.ts'
import { toCel } from '../../cel/values.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import type { Authorization } from '../api.ts'
import type { UserInfo } from '../ports.ts'
import { optionsOf, type ReviewedAs } from './webhook-review.ts'

export interface ExpressionContext {
  readonly request: AdmissionRequest
  readonly as: ReviewedAs
  readonly authorization: Pick<Authorization, 'decide'>
  readonly params?: KubernetesObject | null
  readonly namespaceObject?: KubernetesObject | null
}

/** The variables of an expression by name. */
export function bindingsOf(context: ExpressionContext): Readonly<Record<string, unknown>> {
  const { request, as, params = null, namespaceObject = null } = context
  return {
    object: toCel(as.object),
    oldObject: toCel(as.oldObject),
    params: toCel(params),
    namespaceObject: toCel(namespaceObject),
    request: requestOf(request, as),
    authorizer: authorizerOf(context),
  }
}

function requestOf(request: AdmissionRequest, { kind, resource }: ReviewedAs): object {
  const { subresource, name, namespace, operation, user, dryRun, group, version } = request
  return {
    kind,
    resource,
    subResource: subresource,
    requestKind: request.objectKind ?? { group, version, kind: request.kind },
    requestResource: { group, version, resource: request.resource },
    requestSubResource: subresource,
    name,
    namespace,
    operation,
    userInfo: { username: user.username, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} },
    dryRun,
    options: toCel(optionsOf(request)),
  }
}

function authorizerOf({ request, authorization }: ExpressionContext): Authorizer {
  const { group, resource, subresource, namespace, name } = request
  return new Authorizer(
    (question) => decide(authorization, request.user, question),
    {},
    {
      group,
      resource,
      subresource,
      namespace,
      name,
    },
  )
}

function decide(
  authorization: Pick<Authorization, 'decide'>,
  requester: UserInfo,
  { serviceAccount, verb, path, fieldSelector, ...about }: AccessQuestion,
): { readonly allowed: boolean; readonly reason: string } {
  const { group = '', resource = '', subresource = '', namespace = '', name = '' } = about
  return authorization.decide({
    user: serviceAccount ? accountUser(serviceAccount) : requester,
    verb,
    group,
    resource,
    subresource,
    namespace,
    name,
    ...(path === undefined ? {} : { path }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  })
}

// apiserver pkg/authentication/serviceaccount/util.go
function accountUser({ namespace, name }: { readonly namespace: string; readonly name: string }): UserInfo {
  const all = 'system:serviceaccounts'
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [all, `${all}:${namespace}`, 'system:authenticated'],
  }
}

/** What expressions of one webhook or binding share. */
export interface Inputs {
  readonly bindings: Readonly<Record<string, unknown>>
  readonly budget: Budget
}

/** Said when the budget is spent. */
export const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/**
 * Evaluates an expression.
 * @throws CelError `expression '…' resulted in error: …` @throws CelCostError when the budget is spent.
 */
export function evaluate(program: Program, expression: string, { bindings, budget }: Inputs): unknown {
  try {
    return program.evaluate(bindings, budget)
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    if (error instanceof CelCostError && error.isBudget) throw error
    throw new CelError(`expression '${expression}' resulted in error: ${error.message}`)
  }
}

// Conditions of a stored object are the same as long as it is.
const compiled = new WeakMap<MatchCondition, Program>()

function programOf(condition: MatchCondition, hasParams: boolean): Program {
  const known = compiled.get(condition)
  if (known) return known
  const environment = admissionEnvironment({ hasParams, hasAuthorizer: true })
  const program = environment.compile(condition.expression.trim(), { returns: ['bool'] })
  compiled.set(condition, program)
  return program
}

export interface Conditions {
  readonly conditions: readonly MatchCondition[] | undefined
  readonly failurePolicy: string | undefined
  readonly hasParams: boolean
}

/**
 * Whether all conditions hold; one that is false decides, whatever is wrong with others.
 * @throws CelError when it cannot be told and failures are not ignored.
 */
export function matchesConditions(
  { conditions = [], failurePolicy, hasParams }: Conditions,
  bindings: () => Readonly<Record<string, unknown>>,
): boolean {
  if (conditions.length === 0) return true
  const inputs: Inputs = { bindings: bindings(), budget: { left: CONDITIONS_BUDGET } }
  const errors: string[] = []
  for (const condition of conditions) {
    try {
      if (evaluate(programOf(condition, hasParams), condition.expression, inputs) === false) return false
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      if (error instanceof CelCostError && error.isBudget) {
        // Nothing else counts then.
        errors.splice(0, errors.length, OUT_OF_BUDGET)
        break
      }
      errors.push(error.message)
    }
  }
  if (errors.length === 0) return true
  if (failurePolicy === 'Ignore') return false
  throw new CelError(errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`)
}
