// Owns serviceaccounts/token: the TokenRequest API.
// Source: kubernetes pkg/registry/core/serviceaccount/storage/token.go.
import type { TokenRequest } from '../../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import { printGroupVersion } from '../../../rules/kubernetes/resource-names.ts'
import type { ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import { invalid, invalidStatus, type FieldError } from '../../resources/field-error.ts'
import { nodeKind } from '../../resources/node.ts'
import { podKind } from '../../resources/pod.ts'
import { serviceAccountKind } from '../../resources/service-account.ts'
import { decodeAs } from '../body.ts'
import { nodeTokenProblem } from '../admission/node-restriction.ts'
import { forbiddenResource } from '../authorization.ts'
import type { ServiceAccountTokens } from '../service-account-tokens.ts'

const DEFAULT_SECONDS = 3600
const MINIMUM_SECONDS = 600
// EKS caps tokens at a day (--service-account-max-token-expiration).
const MAXIMUM_SECONDS = 24 * 3600

/** Issues a token. @returns the TokenRequest with its status. */
export async function requestToken(
  { registry, tokens }: { registry: Registry; tokens: ServiceAccountTokens },
  { key, body, context }: { readonly key: ObjectKey; readonly body: unknown; readonly context: WriteContext },
): Promise<object> {
  const type = 'authentication/v1.TokenRequest'
  const { spec } = decodeAs<TokenRequest>(type, body)
  const account = registry.get(serviceAccountKind, key)
  const wanted = spec?.expirationSeconds ?? DEFAULT_SECONDS
  const errors = expirationErrors(wanted)
  if (errors.length > 0) {
    throw invalidStatus({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors)
  }
  const { namespace = '', name, uid } = account.metadata
  const refused = nodeTokenProblem(registry, context.user, { namespace, reference: spec?.boundObjectRef })
  if (refused !== undefined) {
    throw forbiddenResource({ group: '', resource: 'serviceaccounts', name }, refused)
  }
  const audiences = spec?.audiences?.length ? spec.audiences : [tokens.issuer]
  const seconds = Math.min(wanted, MAXIMUM_SECONDS)
  const bound = boundTo(registry, key, spec?.boundObjectRef)
  const issued = await tokens.issue({ namespace, name, uid, ...bound }, audiences, seconds)
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name,
      namespace,
      creationTimestamp: formatTimestamp(issued.expirationTimestampMs - seconds * 1000),
    },
    spec: {
      audiences,
      expirationSeconds: seconds,
      ...(spec?.boundObjectRef ? { boundObjectRef: spec.boundObjectRef } : {}),
    },
    status: { token: issued.token, expirationTimestamp: formatTimestamp(issued.expirationTimestampMs) },
  }
}

// pkg/apis/authentication/validation/validation.go
function expirationErrors(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds'
  if (seconds < MINIMUM_SECONDS) {
    return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
  }
  if (seconds > 2 ** 32)
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  return []
}

type Bound = { pod?: { name: string; uid: string }; node?: { name: string; uid: string } }

function boundTo(
  registry: Registry,
  { namespace, name }: ObjectKey,
  reference: NonNullable<TokenRequest['spec']>['boundObjectRef'],
): Bound {
  if (!reference) return {}
  if (reference.kind !== 'Pod') {
    throw new StatusError(
      'BadRequest',
      `cannot bind token to object of type ${printGroupVersion(reference.apiVersion ?? '')}, Kind=${reference.kind ?? ''}`,
    )
  }
  const podKey = { ...(namespace ? { namespace } : {}), name: reference.name ?? '' }
  const pod = registry.get(podKind, podKey)
  if (pod.spec.serviceAccountName !== name) {
    throw new StatusError(
      'BadRequest',
      `cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`,
    )
  }
  if (reference.uid && reference.uid !== pod.metadata.uid) {
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on Pod ${JSON.stringify(podKey.name)}: the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  }
  const node = pod.spec.nodeName && registry.find(nodeKind, { name: pod.spec.nodeName })
  return {
    pod: { name: pod.metadata.name, uid: pod.metadata.uid },
    ...(node ? { node: { name: node.metadata.name, uid: node.metadata.uid } } : {}),
  }
}
