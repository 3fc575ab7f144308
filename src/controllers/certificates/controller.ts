// Owns the signing of certificates: kubelets' requests are approved, approved ones signed, old ones removed.
// Source: kubernetes pkg/controller/certificates (approver, signer, cleaner).
import type { CertificateSigningRequest } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { certificateSigningRequests } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import {
  isOwnSigner,
  KUBELET_CLIENT_SIGNER,
  signerRefusal,
  type RequestedCertificate,
} from '../../rules/kubernetes/certificate-requests.ts'

// --cluster-signing-duration
const LIFETIME_MS = 365 * 24 * 3600_000
const SHORTEST_MS = 10 * 60_000
// How long requests are kept once they are decided, or while nobody decides.
const DECIDED_MS = 3600_000
const PENDING_MS = 24 * 3600_000

type Csr = CertificateSigningRequest

/** What signs, and what reads a request. */
export interface CertificateAuthority {
  /** @returns the certificate, PEM in base64 */
  sign(order: {
    readonly request: string
    readonly usages: readonly string[]
    readonly lifetimeMs: number
  }): Promise<string>
  read(request: string): RequestedCertificate
}

interface Parts {
  readonly context: ControllerContext
  readonly requests: Informer<Csr>
  readonly authority: CertificateAuthority
}

interface SubjectAccessReview extends KubernetesObject {
  readonly spec: object
  readonly status?: { readonly allowed: boolean }
}

const reviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
}

/** The control loop of certificate signing requests. */
export function createCertificateController(
  context: ControllerContext,
  authority: CertificateAuthority,
): Controller {
  const parts: Parts = { context, authority, requests: context.informer(certificateSigningRequests) }
  return {
    name: 'certificates',
    sources: [parts.requests.source()],
    async reconcile(key): Promise<ReconcileResult | void> {
      const request = parts.requests.get(key)
      if (!request) return
      const leftMs = keptUntilMs(request) - context.clock.now()
      if (leftMs <= 0) return remove(parts, request)
      if (!isDecided(request)) await approve(parts, request)
      else if (isTrue(request, 'Approved') && !isTrue(request, 'Failed')) await sign(parts, request)
      return { requeueAfterMs: leftMs }
    },
  }
}

function isTrue({ status }: Csr, type: string): boolean {
  return (status?.conditions ?? []).some((each) => each.type === type && (each.status || 'True') === 'True')
}

function isDecided(request: Csr): boolean {
  return isTrue(request, 'Approved') || isTrue(request, 'Denied')
}

/** When nobody needs the request any more, in epoch milliseconds. */
function keptUntilMs({ metadata, status }: Csr): number {
  const conditions = status?.conditions ?? []
  const pendingMs = Date.parse(metadata.creationTimestamp) + PENDING_MS
  const decided = conditions.find(({ type }) => {
    return type === 'Denied' || type === 'Failed' || (type === 'Approved' && status?.certificate)
  })
  return decided?.lastUpdateTime ? Date.parse(decided.lastUpdateTime) + DECIDED_MS : pendingMs
}

async function remove({ context }: Parts, { metadata: { name, uid } }: Csr): Promise<void> {
  try {
    await context.client.delete(certificateSigningRequests, { name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

/** Approves what a kubelet asks for its own client certificate, or may ask for one, by RBAC. */
async function approve(parts: Parts, request: Csr): Promise<void> {
  const { spec } = request
  const usages = spec.usages ?? []
  if (spec.signerName !== KUBELET_CLIENT_SIGNER) return
  const asked = parts.authority.read(spec.request)
  if (signerRefusal(spec.signerName, asked, usages) !== undefined) return
  const isSelf = spec.username === asked.commonName
  if (isSelf && (await mayCreate(parts, request, 'selfnodeclient'))) {
    await writeApproval(
      parts,
      request,
      'Auto approving self kubelet client certificate after SubjectAccessReview.',
    )
  } else if (await mayCreate(parts, request, 'nodeclient')) {
    await writeApproval(
      parts,
      request,
      'Auto approving kubelet client certificate after SubjectAccessReview.',
    )
  }
}

async function mayCreate({ context }: Parts, { spec }: Csr, subresource: string): Promise<boolean> {
  const { username: user, uid, groups, extra } = spec
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    verb: 'create',
    subresource,
    version: '*',
  }
  const review = await context.client.create(reviews, {
    metadata: {},
    spec: { user, uid, groups, extra, resourceAttributes },
  })
  return review.status?.allowed ?? false
}

async function writeApproval({ context }: Parts, request: Csr, message: string): Promise<void> {
  const { name, resourceVersion } = request.metadata
  const now = timestamp(context.clock)
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'AutoApproved',
    message,
    lastUpdateTime: now,
    lastTransitionTime: now,
  }
  const conditions = [...(request.status?.conditions ?? []), condition]
  const body = { metadata: { resourceVersion }, status: { conditions } }
  const options = { type: 'merge', subresource: 'approval' } as const
  await context.client.patch(certificateSigningRequests, { name }, body, options)
}

async function sign({ context, authority }: Parts, request: Csr): Promise<void> {
  const { spec, status = {} } = request
  const usages = spec.usages ?? []
  if (status.certificate || !isOwnSigner(spec.signerName)) return
  const refusal = signerRefusal(spec.signerName, authority.read(spec.request), usages)
  const next =
    refusal === undefined
      ? {
          ...status,
          certificate: await authority.sign({ request: spec.request, usages, lifetimeMs: lifetimeOf(spec) }),
        }
      : { ...status, conditions: [...(status.conditions ?? []), failure(refusal, timestamp(context.clock))] }
  await context.client.updateStatus(certificateSigningRequests, { ...request, status: next })
}

function failure(
  message: string,
  now: string,
): NonNullable<NonNullable<Csr['status']>['conditions']>[number] {
  const reason = 'SignerValidationFailure'
  return { type: 'Failed', status: 'True', reason, message, lastUpdateTime: now, lastTransitionTime: now }
}

function lifetimeOf({ expirationSeconds }: Csr['spec']): number {
  if (expirationSeconds === undefined) return LIFETIME_MS
  return Math.min(Math.max(expirationSeconds * 1000, SHORTEST_MS), LIFETIME_MS)
}
