// Owns the CertificateSigningRequest kind. Source: kubernetes pkg/apis/certificates/validation/validation.go,
// pkg/registry/certificates/certificates/strategy.go.
import type { CertificateSigningRequest } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { certificateSigningRequests } from '../client/resources.ts'
import { ageColumn, humanDuration, nameColumn } from './columns.ts'
import { certificateProblem, requestProblem, validateSignerName } from './certificate-rules.ts'
import { duplicate, forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { defineKind, type PartRules } from './kind.ts'

type Csr = CertificateSigningRequest
type Condition = NonNullable<NonNullable<Csr['status']>['conditions']>[number]

const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const MINIMUM_SECONDS = 600
const CONDITIONS = 'status.conditions'
const DECISIONS = ['Approved', 'Denied']
// Conditions that are there only when they hold.
const TRUE_ONLY = [...DECISIONS, 'Failed']

function conditionsOf({ status }: Csr, type?: string): readonly Condition[] {
  const all = status?.conditions ?? []
  return type === undefined ? all : all.filter((condition) => condition.type === type)
}

function validate({ spec, status }: Csr): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds: seconds } = spec
  const problem = requestProblem(request)
  return [
    // Bytes that are not there are null to Go.
    ...(problem === undefined ? [] : [invalid('spec.request', request || null, problem)]),
    ...(usages.length === 0 ? [required('spec.usages')] : []),
    ...usages.flatMap((usage, i) =>
      USAGES.includes(usage) ? [] : [unsupported(`spec.usages[${i}]`, usage, USAGES)],
    ),
    ...usages.flatMap((usage, i) =>
      usages.indexOf(usage) < i ? [duplicate(`spec.usages[${i}]`, usage)] : [],
    ),
    ...validateSignerName('spec.signerName', signerName),
    ...(seconds !== undefined && seconds < MINIMUM_SECONDS
      ? [
          invalid(
            'spec.expirationSeconds',
            seconds,
            'may not specify a duration less than 600 seconds (10 minutes)',
          ),
        ]
      : []),
    ...validateConditions(status?.conditions ?? []),
  ]
}

function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const types = conditions.map(({ type }) => type)
  return conditions.flatMap(({ type, status }, i) => {
    const at = `${CONDITIONS}[${i}]`
    const allowed = TRUE_ONLY.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    const other = DECISIONS.find((decision) => decision !== type && types.indexOf(decision) < i)
    const errors: FieldError[] = []
    if (!type) errors.push(required(`${at}.type`))
    if (!status) errors.push(required(`${at}.status`))
    else if (!allowed.includes(status)) errors.push(unsupported(`${at}.status`, status, allowed))
    if (DECISIONS.includes(type) && other !== undefined && types.includes(other)) {
      errors.push(invalid(CONDITIONS, type, 'Approved and Denied conditions are mutually exclusive'))
    }
    if (types.indexOf(type) < i) errors.push(duplicate(`${at}.type`, type))
    return errors
  })
}

function removedConditions(next: Csr, old: Csr): FieldError[] {
  return TRUE_ONLY.filter((type) => conditionsOf(next, type).length < conditionsOf(old, type).length).map(
    (type) => forbidden(CONDITIONS, `updates may not remove a condition of type "${type}"`),
  )
}

// Whether a request is approved is said through its own subresource.
function addedDecisions(next: Csr, old: Csr): FieldError[] {
  return DECISIONS.filter((type) => conditionsOf(next, type).length > conditionsOf(old, type).length).map(
    (type) => forbidden(CONDITIONS, `updates may not add a condition of type "${type}"`),
  )
}

function validateStatus(next: Csr, old: Csr): FieldError[] {
  const [before = '', after = ''] = [old.status?.certificate, next.status?.certificate]
  const problem = after === '' ? undefined : certificateProblem(after)
  const field = 'status.certificate'
  return [
    ...validateConditions(conditionsOf(next)),
    ...(problem === undefined ? [] : [invalid(field, '<certificate data>', problem)]),
    ...removedConditions(next, old),
    ...addedDecisions(next, old),
    ...(before !== '' && after !== before
      ? [forbidden(field, 'updates may not modify existing certificate content')]
      : []),
  ]
}

/** `certificatesigningrequests/approval`: changes the conditions, and nothing else. */
const approvalPart: PartRules<Csr> = {
  keep(next, old) {
    const conditions = [...conditionsOf(next)]
    return { ...old, metadata: next.metadata, status: { ...old.status, conditions } }
  },
  validate: removedConditions,
}

function formatCondition(request: Csr): string {
  const has = (type: string): boolean => conditionsOf(request, type).length > 0
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return `${decision}${has('Failed') ? ',Failed' : ''}${request.status?.certificate ? ',Issued' : ''}`
}

export const certificateSigningRequestKind = defineKind<Csr>({
  resource: certificateSigningRequests,
  type: 'certificates/v1.CertificateSigningRequest',
  nameRule: 'any',
  shortNames: ['csr'],
  status: true,
  parts: { approval: approvalPart },
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }],
  columns: [
    nameColumn,
    ageColumn,
    { name: 'SignerName', type: 'string', cell: ({ spec }) => spec.signerName || '<none>' },
    { name: 'Requestor', type: 'string', cell: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      type: 'string',
      cell: ({ spec }) =>
        spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    },
    { name: 'Condition', type: 'string', cell: formatCondition },
  ],
  fields: ({ spec }) => ({ 'spec.signerName': spec.signerName ?? '' }),
  prepareForCreate: (request) => ({ ...request, status: {} }),
  // What is asked for stays; who wants another certificate asks anew.
  prepareForUpdate: (request, old) => ({ ...request, spec: old.spec }),
  validate,
  validateUpdate: (next, old) =>
    deepEqual(conditionsOf(next), conditionsOf(old)) ? [] : removedConditions(next, old),
  validateStatus,
})
