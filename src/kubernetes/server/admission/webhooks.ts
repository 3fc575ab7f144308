// Owns the two steps of admission that ask webhooks: mutating ones one after the other, validating ones all at once.
// Source: apiserver pkg/admission/plugin/webhook/{generic,mutating,validating}.
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../../../generated/kubernetes.d.ts'
import { StatusError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { deepEqual } from '../../../base/json.ts'
import { CelError } from '../../cel/errors.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import type { KindTable } from '../../resources/kind-table.ts'
import {
  mutatingWebhookConfigurationKind,
  validatingWebhookConfigurationKind,
} from '../../resources/webhook-configuration.ts'
import { decodeObject } from '../../schema/decode.ts'
import { applyDefaults } from '../../schema/default.ts'
import type { Authorization } from '../api.ts'
import { forbiddenResource } from '../authorization.ts'
import { OutboundError } from '../outbound/go-words.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { callWebhook } from '../outbound/webhook.ts'
import type { MutatingPlugin, UserInfo, ValidatingPlugin } from '../ports.ts'
import { convert } from './equivalent.ts'
import { bindingsOf, matchesConditions } from './expressions.ts'
import { matchedAs } from './matched-as.ts'
import { isExempt, matchesNamespace, matchesObject } from './request-match.ts'
import {
  denial,
  readReview,
  reviewOf,
  reviewVersionOf,
  type ReviewAnswer,
  type ReviewedAs,
} from './webhook-review.ts'
import { decodePatch, patchObject } from './webhook-patch.ts'

export interface WebhookParts {
  readonly storage: Storage
  readonly kinds: KindTable
  readonly outbound: Outbound
  readonly ids: Ids
  readonly authorization: Pick<Authorization, 'decide'>
  /** Users whose writes no webhook sees: a server that starts cannot wait for webhooks that are pods. */
  readonly isExempt: (user: UserInfo) => boolean
}

type Webhook = MutatingWebhook | ValidatingWebhook

interface Invocation<T extends Webhook> {
  readonly webhook: T
  /** Name of its configuration and place in it. */
  readonly id: string
  readonly as: ReviewedAs
}

const USER_AGENT = 'kube-apiserver-admission'
const DEFAULT_SECONDS = 10

/** The MutatingAdmissionWebhook plugin. */
export function mutatingWebhooks(parts: WebhookParts): MutatingPlugin {
  return {
    name: 'MutatingAdmissionWebhook',
    admit(request) {
      if (isExempt(request) || parts.isExempt(request.user)) return undefined
      const configurations = parts.storage.list(mutatingWebhookConfigurationKind).items
      return configurations.length === 0 ? undefined : mutate(parts, configurations, request)
    },
  }
}

/** The ValidatingAdmissionWebhook plugin. */
export function validatingWebhooks(parts: WebhookParts): ValidatingPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(request) {
      if (isExempt(request) || parts.isExempt(request.user)) return undefined
      const configurations = parts.storage.list(validatingWebhookConfigurationKind).items
      return configurations.length === 0 ? undefined : judge(parts, configurations, request)
    },
  }
}

async function judge(
  parts: WebhookParts,
  configurations: readonly ValidatingWebhookConfiguration[],
  request: AdmissionRequest,
): Promise<void> {
  const invocations = await Promise.all(
    webhooksOf<ValidatingWebhook>(configurations).map((one) => invocationOf(parts, one, request)),
  )
  const outcomes = await Promise.allSettled(
    invocations
      .filter((invocation) => invocation !== undefined)
      .map((invocation) => ask(parts, invocation, request, { mutating: false })),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

/** What the first run leaves for the second. */
interface Memory {
  /** Asked so far, and willing to be asked again. */
  readonly invoked: Set<string>
  /** Those of them that something has changed the object after. */
  readonly again: Set<string>
  last: KubernetesObject | null
}

const MEMORY = 'MutatingAdmissionWebhook'

function memoryOf({ reinvocation }: AdmissionRequest): Memory {
  const fresh: Memory = { invoked: new Set(), again: new Set(), last: null }
  // Nobody else keeps anything under this name.
  const kept = reinvocation?.kept.get(MEMORY) as Memory | undefined
  if (!kept) reinvocation?.kept.set(MEMORY, fresh)
  return kept ?? fresh
}

function requireAgain({ invoked, again }: Memory): void {
  for (const id of invoked) again.add(id)
  invoked.clear()
}

async function mutate(
  parts: WebhookParts,
  configurations: readonly MutatingWebhookConfiguration[],
  request: AdmissionRequest,
): Promise<KubernetesObject | undefined> {
  const isSecond = request.reinvocation?.isSecond ?? false
  const memory = memoryOf(request)
  // Other steps have changed what the webhooks left: all of them look at it again.
  if (isSecond && !deepEqual(memory.last, request.object)) requireAgain(memory)
  let { object } = request
  for (const { webhook, id } of webhooksOf<MutatingWebhook>(configurations)) {
    const invocation = await invocationOf(parts, { webhook, id }, { ...request, object })
    if (!invocation || (isSecond && !memory.again.has(id))) continue
    const answer = await ask(parts, invocation, { ...request, object }, { mutating: true })
    const changed = answer ? await patched(parts, invocation, answer, object) : undefined
    if (changed && !deepEqual(changed, object)) {
      requireAgain(memory)
      request.reinvocation?.request()
    }
    object = changed ?? object
    if (webhook.reinvocationPolicy === 'IfNeeded') memory.invoked.add(id)
  }
  memory.last = object
  return object ?? undefined
}

function webhooksOf<T extends Webhook>(
  configurations: readonly (MutatingWebhookConfiguration | ValidatingWebhookConfiguration)[],
): { readonly webhook: T; readonly id: string }[] {
  // In order of the configurations' names, which is that of the store; each kind has webhooks of its own type.
  return configurations.flatMap(({ metadata, webhooks = [] }) =>
    webhooks.map((webhook, i) => ({ webhook: webhook as T, id: `${metadata.name}/${webhook.name}/${i}` })),
  )
}

/** How a webhook sees a request; undefined when it is not for it. @throws StatusError what cannot be told. */
async function invocationOf<T extends Webhook>(
  { storage, kinds, authorization }: WebhookParts,
  { webhook, id }: Pick<Invocation<T>, 'webhook' | 'id'>,
  request: AdmissionRequest,
): Promise<Invocation<T> | undefined> {
  const { rules = [], matchPolicy, matchConditions: conditions, failurePolicy } = webhook
  if (!matchesObject(webhook.objectSelector, request)) return undefined
  const as = await matchedAs(kinds, request, { rules, matchPolicy })
  if (!as || !matchesNamespace(storage, webhook.namespaceSelector, request)) return undefined
  try {
    const bindings = () => bindingsOf({ request, as, authorization })
    const isFor = matchesConditions({ conditions, failurePolicy, hasParams: false }, bindings)
    return isFor ? { webhook, id, as } : undefined
  } catch (error) {
    throw error instanceof CelError ? forbiddenResource(request, error.message) : error
  }
}

/**
 * Asks one webhook. @returns its answer; undefined when it failed and failures are ignored.
 * @throws StatusError its refusal, or InternalError when it failed.
 */
async function ask(
  { outbound, ids }: WebhookParts,
  { webhook, as }: Invocation<Webhook>,
  request: AdmissionRequest,
  { mutating }: { readonly mutating: boolean },
): Promise<ReviewAnswer | undefined> {
  const { name, clientConfig, sideEffects, timeoutSeconds = DEFAULT_SECONDS } = webhook
  if (request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    const quoted = JSON.stringify(name)
    throw new StatusError('BadRequest', `admission webhook ${quoted} does not support dry run`)
  }
  let answer: ReviewAnswer
  try {
    const version = reviewVersionOf(webhook.admissionReviewVersions)
    const uid = ids.uuid()
    const body = reviewOf(request, as, { uid, version })
    const response = await call(outbound, { config: clientConfig, body, timeoutSeconds })
    answer = readReview(response, { uid, version, mutating })
  } catch (error) {
    return onFailure(webhook, error)
  }
  for (const warning of answer.warnings) request.warn(warning)
  if (!answer.allowed) throw denial(name, answer.status)
  return answer
}

async function call(
  outbound: Outbound,
  what: Omit<Parameters<typeof callWebhook>[1], 'userAgent'>,
): Promise<Record<string, unknown>> {
  try {
    return await callWebhook(outbound, { ...what, userAgent: USER_AGENT })
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    throw new OutboundError(`failed to call webhook: ${error.message}`)
  }
}

function onFailure({ name, failurePolicy }: Webhook, error: unknown): undefined {
  if (!(error instanceof OutboundError)) throw error
  if (failurePolicy === 'Ignore') return undefined
  const message = `failed calling webhook ${JSON.stringify(name)}: ${error.message}`
  throw new StatusError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

/** The object after the patch of an answer; undefined when there is none. @throws StatusError */
async function patched(
  { kinds }: WebhookParts,
  { webhook, as }: Invocation<MutatingWebhook>,
  { patch }: ReviewAnswer,
  object: KubernetesObject | null,
): Promise<KubernetesObject | undefined> {
  if (patch === '') return undefined
  try {
    const operations = decodePatch(patch)
    if (operations.length === 0) return undefined
    if (!as.object || !object) {
      const message = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`
      throw new StatusError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
    }
    return await readPatched(kinds, as, object, patchObject(as.object, operations))
  } catch (error) {
    return onFailure(webhook, error)
  }
}

async function readPatched(
  kinds: KindTable,
  { resource, kind }: ReviewedAs,
  before: KubernetesObject,
  after: unknown,
): Promise<KubernetesObject> {
  const seen = kinds.find({ ...resource, plural: resource.resource })
  // A body that is of another kind than the resource has no defaults of its own here.
  if (!seen || seen.resource.kind !== kind.kind) return after as KubernetesObject
  const decoded = decodeObject<KubernetesObject>(seen.schema, after, { fieldValidation: 'Ignore' }).object
  const whole = applyDefaults(seen, decoded)
  const [group, version] = before.apiVersion.includes('/')
    ? before.apiVersion.split('/')
    : ['', before.apiVersion]
  const own = kinds.all.find(
    (each) =>
      each.resource.kind === before.kind &&
      each.resource.group === group &&
      each.resource.version === version,
  )
  return own && own !== seen ? await convert(whole, seen, own) : whole
}
