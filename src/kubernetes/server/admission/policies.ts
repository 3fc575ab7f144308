// Owns the step of admission that applies ValidatingAdmissionPolicies through their bindings.
// Source: apiserver pkg/admission/plugin/policy/{generic,validating}.
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '../../../../generated/kubernetes.d.ts'
import { StatusError, type StatusReason } from '../../../base/errors.ts'
import { LazyVariables } from '../../cel/admission.ts'
import { CelCostError, OBJECT_BUDGET, type Budget } from '../../cel/cost/meter.ts'
import { CelError } from '../../cel/errors.ts'
import { policyCompiler, type PolicyCompiler } from '../../cel/policy.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import {
  validatingAdmissionPolicyBindingKind,
  validatingAdmissionPolicyKind,
} from '../../resources/admission-policy.ts'
import { namespaceKind } from '../../resources/namespace.ts'
import { forbiddenResource } from '../authorization.ts'
import type { ValidatingPlugin } from '../ports.ts'
import { bindingsOf, evaluate, matchesConditions, OUT_OF_BUDGET, type Inputs } from './expressions.ts'
import { asItCame, matchedAs } from './matched-as.ts'
import { paramsOf } from './policy-params.ts'
import { isExempt, matchesNamespace, matchesObject } from './request-match.ts'
import type { ReviewedAs } from './webhook-review.ts'
import type { WebhookParts } from './webhooks.ts'

/** What policies are applied with. */
export type PolicyParts = Pick<WebhookParts, 'storage' | 'kinds' | 'authorization' | 'isExempt'>

interface Failure {
  readonly message: string
  readonly reason?: string | undefined
}

interface Denial extends Failure {
  readonly policy: string
  readonly binding?: string
}

/** The ValidatingAdmissionPolicy plugin. */
export function validatingPolicies(parts: PolicyParts): ValidatingPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request) {
      if (isExempt(request) || parts.isExempt(request.user)) return undefined
      const policies = parts.storage.list(validatingAdmissionPolicyKind).items
      return policies.length === 0 ? undefined : applyPolicies(parts, policies, request)
    },
  }
}

async function applyPolicies(
  parts: PolicyParts,
  policies: readonly ValidatingAdmissionPolicy[],
  request: AdmissionRequest,
): Promise<void> {
  const bindings = parts.storage.list(validatingAdmissionPolicyBindingKind).items
  const denials = await Promise.all(
    policies.map((policy) =>
      applyPolicy(
        parts,
        { policy, bindings: bindings.filter(({ spec }) => spec.policyName === policy.metadata.name) },
        request,
      ),
    ),
  )
  const [first] = denials.flat()
  if (first) throw refusal(request, first)
}

async function applyPolicy(
  parts: PolicyParts,
  {
    policy,
    bindings,
  }: {
    readonly policy: ValidatingAdmissionPolicy
    readonly bindings: readonly ValidatingAdmissionPolicyBinding[]
  },
  request: AdmissionRequest,
): Promise<Denial[]> {
  const { name } = policy.metadata
  if (bindings.length === 0) return []
  const denials: Denial[] = []
  // What is wrong with the configuration counts as a failure of the policy.
  const misconfigured = (what: 'policy' | 'binding', error: unknown, binding?: string): void => {
    if (!(error instanceof StatusError) && !(error instanceof CelError)) throw error
    if (policy.spec.failurePolicy === 'Ignore') return
    const message = `failed to configure ${what}: ${error.message}`
    denials.push({ policy: name, message, ...(binding === undefined ? {} : { binding }) })
  }
  let as: ReviewedAs | undefined
  try {
    as = await matchOf(parts, policy.spec.matchConstraints ?? {}, request)
  } catch (error) {
    misconfigured('policy', error)
  }
  if (!as) return denials
  for (const binding of bindings) {
    try {
      if (!(await matchOf(parts, binding.spec.matchResources ?? {}, request))) continue
      const params = paramsOf(parts, { policy, binding, namespace: request.namespace })
      const failures = params.flatMap((param) => failuresOf(parts, { policy, request, as, params: param }))
      denials.push(...act(failures, { policy, binding, request }))
    } catch (error) {
      misconfigured('binding', error, binding.metadata.name)
    }
  }
  return denials
}

/** How a policy or binding sees a request; without rules it is for every one. */
async function matchOf(
  { storage, kinds }: PolicyParts,
  match: MatchResources,
  request: AdmissionRequest,
): Promise<ReviewedAs | undefined> {
  const { matchPolicy, resourceRules = [], excludeResourceRules: excluded = [] } = match
  if (!matchesObject(match.objectSelector, request)) return undefined
  if (await matchedAs(kinds, request, { rules: excluded, matchPolicy })) return undefined
  const as =
    resourceRules.length === 0
      ? asItCame(request)
      : await matchedAs(kinds, request, { rules: resourceRules, matchPolicy })
  return as && matchesNamespace(storage, match.namespaceSelector, request) ? as : undefined
}

/** Deny, warn, or neither: Audit goes to the audit log, which there is none of. */
function act(
  failures: readonly Failure[],
  {
    policy,
    binding,
    request,
  }: {
    readonly policy: ValidatingAdmissionPolicy
    readonly binding: ValidatingAdmissionPolicyBinding
    readonly request: AdmissionRequest
  },
): Denial[] {
  const actions = binding.spec.validationActions ?? []
  const names = { policy: policy.metadata.name, binding: binding.metadata.name }
  if (actions.includes('Warn')) {
    for (const { message } of failures) {
      request.warn(
        `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${message}`,
      )
    }
  }
  return actions.includes('Deny') ? failures.map((failure) => ({ ...failure, ...names })) : []
}

interface Evaluation {
  readonly policy: ValidatingAdmissionPolicy
  readonly request: AdmissionRequest
  readonly as: ReviewedAs
  readonly params: KubernetesObject | null
}

// A stored policy is the same object as long as nobody changes it.
const compilers = new WeakMap<ValidatingAdmissionPolicy, PolicyCompiler>()

function compilerOf(policy: ValidatingAdmissionPolicy): PolicyCompiler {
  const { paramKind, variables = [] } = policy.spec
  const compiler = compilers.get(policy) ?? policyCompiler({ hasParams: paramKind !== undefined, variables })
  compilers.set(policy, compiler)
  return compiler
}

/** The validations of a policy that a request fails, with one set of parameters. */
function failuresOf(
  { storage, authorization }: PolicyParts,
  { policy, request, as, params }: Evaluation,
): Failure[] {
  const { failurePolicy, matchConditions: conditions, paramKind } = policy.spec
  const { validations = [], auditAnnotations = [] } = policy.spec
  const namespace = isNamespace(request) ? '' : request.namespace
  const namespaceObject = namespace === '' ? null : (storage.get(namespaceKind, { name: namespace }) ?? null)
  const context = { request, as, authorization, params }
  const ignore = failurePolicy === 'Ignore'
  try {
    const hasParams = paramKind !== undefined
    const isFor = matchesConditions({ conditions, failurePolicy, hasParams }, () => bindingsOf(context))
    if (!isFor) return []
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return ignore ? [] : [{ message: error.message }]
  }
  const compiler = compilerOf(policy)
  const budget: Budget = { left: OBJECT_BUDGET }
  const bindings = withVariables(compiler, policy, {
    bindings: bindingsOf({ ...context, namespaceObject }),
    budget,
  })
  try {
    const inputs = { bindings, budget }
    const failures = validations.flatMap((validation) => failureOf(compiler, validation, inputs))
    const annotations = auditAnnotations.flatMap(({ valueExpression }) =>
      errorOf(() => evaluate(compiler.annotation(valueExpression), valueExpression, inputs)),
    )
    return [...failures, ...annotations].filter(({ isError }) => !isError || !ignore)
  } catch (error) {
    if (!(error instanceof CelCostError)) throw error
    return ignore ? [] : [{ message: OUT_OF_BUDGET }]
  }
}

interface Finding extends Failure {
  /** True for an expression that could not be evaluated, which a policy may ignore. */
  readonly isError?: boolean
}

function failureOf(compiler: PolicyCompiler, validation: Validation, inputs: Inputs): Finding[] {
  const { expression, reason } = validation
  return errorOf(() =>
    evaluate(compiler.validation(expression), expression, inputs) === true
      ? undefined
      : { message: messageOf(compiler, validation, inputs), reason },
  )
}

/** What an evaluation finds, or that it failed. @throws CelCostError when the budget is spent. */
function errorOf(evaluation: () => unknown): Finding[] {
  try {
    const found = evaluation()
    // Of annotations, which only an audit log would hold, nothing is kept.
    return isFailure(found) ? [found] : []
  } catch (error) {
    if (!(error instanceof CelError) || (error instanceof CelCostError && error.isBudget)) throw error
    return [{ message: error.message, isError: true }]
  }
}

function isFailure(found: unknown): found is Failure {
  return typeof found === 'object' && found !== null && 'message' in found
}

function isNamespace({ group, resource }: AdmissionRequest): boolean {
  return group === '' && resource === 'namespaces'
}

function withVariables(
  compiler: PolicyCompiler,
  { spec: { variables = [] } }: ValidatingAdmissionPolicy,
  { bindings, budget }: Inputs,
): Readonly<Record<string, unknown>> {
  if (variables.length === 0) return bindings
  const values: Record<string, unknown> = { ...bindings }
  const read = (name: string): unknown => {
    const program = compiler.variables.get(name)
    if (!program || program instanceof CelError) {
      throw new CelError(
        `composited variable ${JSON.stringify(name)} fails to compile: ${program?.message ?? ''}`,
      )
    }
    try {
      return program.evaluate(values, budget)
    } catch (error) {
      if (!(error instanceof CelError) || error instanceof CelCostError) throw error
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`)
    }
  }
  values['variables'] = new LazyVariables(
    Object.fromEntries(variables.map(({ name }) => [name, () => read(name)])),
  )
  return values
}

/** celconfig.MaxEvaluatedMessageExpressionSizeBytes */
const MAXIMUM_MESSAGE_BYTES = 5 * 1024

function messageOf(
  compiler: PolicyCompiler,
  { expression, message = '', messageExpression = '' }: Validation,
  { bindings, budget }: Inputs,
): string {
  const fallback = message.trim() || `failed expression: ${expression.trim()}`
  if (messageExpression.trim() === '') return fallback
  // An expression that fails leaves the message to the others.
  try {
    const said = compiler.message(messageExpression).evaluate(bindings, budget)
    const text = typeof said === 'string' ? said.trim() : ''
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAXIMUM_MESSAGE_BYTES
      ? fallback
      : text
  } catch (error) {
    if (!(error instanceof CelError) || (error instanceof CelCostError && error.isBudget)) throw error
    return fallback
  }
}

const reasonCodes: Readonly<Record<string, StatusReason>> = {
  Forbidden: 'Forbidden',
  Invalid: 'Invalid',
  RequestEntityTooLarge: 'RequestEntityTooLarge',
}

function refusal(request: AdmissionRequest, { policy, binding, message, reason }: Denial): StatusError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`
  const { message: whole, details } = forbiddenResource(request, text)
  return new StatusError(reasonCodes[reason ?? ''] ?? 'Invalid', whole, {
    ...details,
    causes: [{ message: text }],
  })
}
