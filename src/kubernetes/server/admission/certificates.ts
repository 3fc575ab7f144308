// Owns who asks for certificates, and who may approve and sign which.
// Source: kubernetes plugin/pkg/admission/certificates, pkg/certauthorization, pkg/registry/certificates/certificates.
import type { CertificateSigningRequest } from '../../../../generated/kubernetes.d.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import { deepEqual } from '../../../base/json.ts'
import { admittedObject, replacedObject, type AdmissionRequest } from '../../registry/admission.ts'
import { certificateSigningRequestKind } from '../../resources/certificate-signing-request.ts'
import { parseRequest } from '../../resources/certificate-rules.ts'
import type { Authorization } from '../api.ts'
import { forbiddenResource } from '../authorization.ts'
import type { AdmissionPlugin, UserInfo } from '../ports.ts'

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client'

interface Parts {
  readonly clock: Clock
  readonly authorization: Pick<Authorization, 'decide'>
}

/** The steps about certificates: the requester, CertificateApproval, CertificateSigning, CertificateSubjectRestriction. */
export function certificateAdmission({ clock, authorization }: Parts): AdmissionPlugin[] {
  const requireSigner = (request: AdmissionRequest, verb: 'approve' | 'sign'): void => {
    const old = replacedObject(request, certificateSigningRequestKind)
    const signer = old?.spec.signerName ?? ''
    if (maySign(authorization, request.user, { verb, signer })) return
    throw forbiddenResource(
      request,
      `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
    )
  }
  return [
    requester(clock),
    {
      name: 'CertificateApproval',
      validate(request) {
        if (request.subresource !== 'approval' || request.operation !== 'UPDATE') return
        if (admittedObject(request, certificateSigningRequestKind)) requireSigner(request, 'approve')
      },
    },
    {
      name: 'CertificateSigning',
      validate(request) {
        const next = admittedObject(request, certificateSigningRequestKind)
        const old = replacedObject(request, certificateSigningRequestKind)
        if (!next || !old || request.subresource !== 'status') return
        if (!deepEqual(next.status ?? {}, old.status ?? {})) requireSigner(request, 'sign')
      },
    },
    {
      name: 'CertificateSubjectRestriction',
      validate(request) {
        const created = admittedObject(request, certificateSigningRequestKind)
        if (!created || request.operation !== 'CREATE' || request.subresource !== '') return
        if (created.spec.signerName !== CLIENT_SIGNER || !isOfMasters(created)) return
        const why = `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`
        throw forbiddenResource(request, why)
      },
    },
  ]
}

/** Fills in who asks, whatever the request says of it, and when conditions came. */
function requester(clock: Clock): AdmissionPlugin {
  return {
    name: 'CertificateRequester',
    admit(request) {
      const object = admittedObject(request, certificateSigningRequestKind)
      if (!object) return undefined
      if (request.operation === 'CREATE') return { ...object, spec: specOf(object, request.user) }
      if (request.subresource === '') return undefined
      const old = replacedObject(request, certificateSigningRequestKind)
      return { ...object, status: { ...object.status, conditions: dated(object, old, timestamp(clock)) } }
    },
  }
}

type Csr = CertificateSigningRequest
type Conditions = NonNullable<NonNullable<Csr['status']>['conditions']>

function specOf({ spec }: Csr, user: UserInfo): Csr['spec'] {
  const { username: _u, uid: _i, groups: _g, extra: _e, ...asked } = spec
  const extra = Object.entries(user.extra ?? {}).map(([key, values]): [string, string[]] => [
    key,
    [...values],
  ])
  return {
    ...asked,
    username: user.username,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: [...user.groups],
    ...(extra.length > 0 ? { extra: Object.fromEntries(extra) } : {}),
  }
}

function dated({ status }: Csr, old: Csr | undefined, now: string): Conditions {
  return (status?.conditions ?? []).map((condition) => {
    const before = old?.status?.conditions?.find(
      (other) => other.type === condition.type && other.status === condition.status,
    )
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? now,
    }
  })
}

/** True for who may do it to requests for one signer, or for all of a domain: `kubernetes.io/*`. */
function maySign(
  authorization: Pick<Authorization, 'decide'>,
  user: UserInfo,
  { verb, signer }: { readonly verb: string; readonly signer: string },
): boolean {
  const [domain = ''] = signer.split('/')
  const group = 'certificates.k8s.io'
  return [signer, `${domain}/*`].some(
    (name) =>
      authorization.decide({ user, verb, group, resource: 'signers', subresource: '', namespace: '', name })
        .allowed,
  )
}

function isOfMasters({ spec }: Csr): boolean {
  const organizations = parseRequest(spec.request)?.subjectName.getField('O') ?? []
  return organizations.includes('system:masters')
}
