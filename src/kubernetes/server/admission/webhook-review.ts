// Owns AdmissionReview: what a webhook is asked, and what its answer means.
// Source: apiserver pkg/admission/plugin/webhook/request/admissionreview.go, errors/statuserror.go.
import { StatusError, type StatusDetails } from '../../../base/errors.ts'
import { isObject } from '../../../base/json.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionRequest, GroupVersionKind } from '../../registry/admission.ts'
import { OutboundError } from '../outbound/go-words.ts'
import type { Review } from '../outbound/webhook.ts'

/** The resource under which a webhook sees a request: its own, or an equivalent one. */
export interface ReviewedAs {
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string }
  readonly kind: GroupVersionKind
  readonly object: KubernetesObject | null
  readonly oldObject: KubernetesObject | null
}

export interface ReviewAnswer {
  readonly allowed: boolean
  readonly warnings: readonly string[]
  /** JSON text of a JSON patch; empty for none. */
  readonly patch: string
  readonly status: Readonly<Record<string, unknown>> | undefined
}

const GROUP = 'admission.k8s.io'
const operationOptions = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: '',
} as const

/** The first version that a webhook takes and that is spoken. @throws OutboundError when there is none. */
export function reviewVersionOf(versions: readonly string[]): string {
  const version = versions.find((each) => each === 'v1' || each === 'v1beta1')
  if (version !== undefined) return version
  throw new OutboundError(
    'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
  )
}

/** The body that asks a webhook about a request. */
export function reviewOf(
  request: AdmissionRequest,
  { resource, kind, object, oldObject }: ReviewedAs,
  { uid, version }: { readonly uid: string; readonly version: string },
): Review {
  const { subresource, name, namespace, operation, user, dryRun } = request
  const sub = subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }
  const own = { group: request.group, version: request.version }
  return {
    kind: 'AdmissionReview',
    apiVersion: `${GROUP}/${version}`,
    request: {
      uid,
      kind,
      resource,
      ...sub,
      requestKind: request.objectKind ?? { ...own, kind: request.kind },
      requestResource: { ...own, resource: request.resource },
      ...(name === '' ? {} : { name }),
      ...(namespace === '' ? {} : { namespace }),
      operation,
      userInfo: user,
      object,
      oldObject,
      dryRun,
      options: optionsOf(request),
    },
  }
}

/** The options of a write as an object of their own kind; null for connections. */
export function optionsOf({ operation, options, dryRun }: AdmissionRequest): object | null {
  const kind = operationOptions[operation]
  if (kind === '') return null
  return { kind, apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}), ...options }
}

/**
 * Reads an answer.
 * @throws OutboundError for one that breaks the rules of its version; those of v1beta1 are few.
 */
export function readReview(
  answer: Readonly<Record<string, unknown>>,
  { uid, version, mutating }: { readonly uid: string; readonly version: string; readonly mutating: boolean },
): ReviewAnswer {
  const { response } = answer
  if (!isObject(response)) throw invalidAnswer('webhook response was absent')
  if (version === 'v1') requireV1(answer, response, uid)
  const patch = typeof response['patch'] === 'string' ? response['patch'] : ''
  const type = response['patchType']
  if (version === 'v1') requirePatchRules(patch, type, mutating)
  if (mutating && patch !== '' && version === 'v1' && type !== 'JSONPatch') {
    throw new OutboundError(`unsupported patch type ${JSON.stringify(type)}`)
  }
  const { warnings, status } = response
  return {
    allowed: response['allowed'] === true,
    warnings: Array.isArray(warnings) ? warnings.filter((each) => typeof each === 'string') : [],
    patch: mutating ? Buffer.from(patch, 'base64').toString() : '',
    status: isObject(status) ? status : undefined,
  }
}

function requireV1(
  { apiVersion, kind }: Readonly<Record<string, unknown>>,
  response: Readonly<Record<string, unknown>>,
  uid: string,
): void {
  const given = textOf(response['uid'])
  if (given !== uid) {
    throw invalidAnswer(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`)
  }
  const [group, version] = textOf(apiVersion).includes('/')
    ? textOf(apiVersion).split('/')
    : ['', textOf(apiVersion)]
  if (group === GROUP && version === 'v1' && kind === 'AdmissionReview') return
  throw invalidAnswer(
    `expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${group}/${version}, Kind=${textOf(kind)}`,
  )
}

function requirePatchRules(patch: string, type: unknown, mutating: boolean): void {
  const hasType = type !== undefined && type !== null
  if (!mutating) {
    if (patch !== '') throw invalidAnswer('validating webhook may not return response.patch')
    if (hasType) throw invalidAnswer('validating webhook may not return response.patchType')
    return
  }
  if (patch !== '' && !hasType) {
    throw invalidAnswer('webhook returned response.patch but not response.patchType')
  }
  if (patch === '' && hasType) {
    throw invalidAnswer('webhook returned response.patchType but not response.patch')
  }
  if (hasType && type === '') throw invalidAnswer('webhook returned invalid response.patchType of ""')
}

function invalidAnswer(why: string): OutboundError {
  return new OutboundError(`received invalid webhook response: ${why}`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The refusal of a webhook, with the code, reason and details that it gave. */
export function denial(webhook: string, status: ReviewAnswer['status'] = {}): StatusError {
  const said = textOf(status['message']) || textOf(status['reason'])
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`
  const { code, details } = status
  return new StatusError(
    'BadRequest',
    said === '' ? `${denied} without explanation` : `${denied}: ${said}`,
    // As the webhook gave them: they are passed on, not read.
    isObject(details) ? (details as StatusDetails) : {},
    { code: typeof code === 'number' && code >= 400 ? code : 400, reason: textOf(status['reason']) },
  )
}
