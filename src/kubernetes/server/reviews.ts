// Owns the virtual kinds: reviews of tokens and of access, answered and never stored.
// Source: kubernetes pkg/registry/authentication, pkg/registry/authorization and the validation beside their kinds.
import type {
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
  TokenReview,
} from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import { forbidden, invalid, invalidStatus, type FieldError } from '../resources/field-error.ts'
import type { Api } from './api.ts'
import { decodeAs } from './body.ts'
import type { RequestAttributes, UserInfo } from './ports.ts'

export interface Review {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Name in the field table. */
  readonly type: string
  /** @returns the status that answers the question. */
  answer(api: Api, question: Question): Promise<object>
}

interface Question {
  readonly user: UserInfo
  /** Of the request's path; empty for reviews that have none. */
  readonly namespace: string
  readonly spec: Record<string, unknown>
}

const AUTHENTICATION = 'authentication.k8s.io'
const AUTHORIZATION = 'authorization.k8s.io'

export const reviews: readonly Review[] = [
  {
    ...review(AUTHENTICATION, 'tokenreviews', 'TokenReview'),
    async answer(api, { spec }) {
      const { token = '', audiences = [] } = spec as TokenReview['spec']
      if (!token) throw new StatusError('BadRequest', 'token is required for TokenReview in authentication')
      const verdict = await api.authentication.review(token, audiences)
      const error = verdict.error === undefined ? {} : { error: verdict.error }
      if (!verdict.user) return { user: {}, ...error }
      return { authenticated: true, user: verdict.user, audiences: verdict.audiences }
    },
  },
  {
    ...review(AUTHENTICATION, 'selfsubjectreviews', 'SelfSubjectReview'),
    answer: async (_api, { user }) => ({ userInfo: user }),
  },
  {
    ...review(AUTHORIZATION, 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
    async answer(api, { user, spec }) {
      requireValid('SelfSubjectAccessReview', attributeErrors(spec))
      return decide(api, user, spec)
    },
  },
  {
    ...review(AUTHORIZATION, 'subjectaccessreviews', 'SubjectAccessReview'),
    async answer(api, { spec }) {
      requireValid('SubjectAccessReview', [...attributeErrors(spec), ...subjectErrors(spec)])
      return decide(api, subjectOf(spec), spec)
    },
  },
  {
    ...review(AUTHORIZATION, 'localsubjectaccessreviews', 'LocalSubjectAccessReview'),
    namespaced: true,
    async answer(api, { spec, namespace }) {
      const errors = [...attributeErrors(spec), ...subjectErrors(spec), ...localErrors(spec, namespace)]
      requireValid('LocalSubjectAccessReview', errors)
      return decide(api, subjectOf(spec), spec)
    },
  },
  {
    ...review(AUTHORIZATION, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
    answer: async (api, { user, spec }) => rules(api, user, spec),
  },
]

function review(group: string, plural: string, kind: string): Omit<Review, 'answer'> {
  const short = group.split('.')[0]
  return { group, version: 'v1', plural, kind, namespaced: false, type: `${short}/v1.${kind}` }
}

/** The review behind a resource of the API; undefined when it is none. */
export function findReview(group: string, version: string, plural: string): Review | undefined {
  return reviews.find((item) => item.plural === plural && item.group === group && item.version === version)
}

/** The review with its status filled in. */
export async function answerReview(
  api: Api,
  asked: {
    readonly review: Review
    readonly user: UserInfo
    readonly namespace: string
    readonly body: unknown
  },
): Promise<object> {
  const { review: which, user, namespace, body } = asked
  const object = decodeAs<{ metadata?: object; spec?: Record<string, unknown> }>(which.type, body)
  const status = await which.answer(api, { user, namespace, spec: object.spec ?? {} })
  return {
    ...object,
    kind: which.kind,
    apiVersion: groupVersionOf(which),
    metadata: { creationTimestamp: formatTimestamp(api.clock.now()) },
    status,
  }
}

function requireValid(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidStatus({ group: AUTHORIZATION, kind }, '', errors)
}

// The decoder has checked the types; the schema says which fields there are.
function attributesIn(
  spec: Record<string, unknown>,
): Pick<SelfSubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'> {
  return spec
}

function attributeErrors(spec: Record<string, unknown>): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = attributesIn(spec)
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  if (resourceAttributes && nonResourceAttributes) {
    return [invalid('spec.nonResourceAttributes', nonResourceAttributes, detail)]
  }
  if (!resourceAttributes && !nonResourceAttributes) return [invalid('spec.resourceAttributes', null, detail)]
  return []
}

function subjectErrors(spec: SubjectAccessReviewSpec): FieldError[] {
  if (spec.user || spec.groups?.length) return []
  return [invalid('spec.user', '', 'at least one of user or group must be specified')]
}

function localErrors(spec: Record<string, unknown>, namespace: string): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = attributesIn(spec)
  if (nonResourceAttributes) {
    return [forbidden('spec.nonResourceAttributes', 'disallowed on this kind of request')]
  }
  const wanted = resourceAttributes?.namespace ?? ''
  if (!resourceAttributes || wanted === namespace) return []
  return [invalid('spec.resourceAttributes.namespace', wanted, 'must match metadata.namespace')]
}

function subjectOf({ user = '', groups = [], uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { username: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }
}

function decide(api: Api, user: UserInfo, spec: Record<string, unknown>): object {
  const { allowed, reason } = api.authorization.decide(requestOf(user, spec))
  return reason ? { allowed, reason } : { allowed }
}

function requestOf(user: UserInfo, spec: Record<string, unknown>): RequestAttributes {
  const { resourceAttributes, nonResourceAttributes } = attributesIn(spec)
  const {
    verb = '',
    group = '',
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
  } = resourceAttributes ?? {}
  const plain = { user, verb, group, resource, subresource, namespace, name }
  if (!nonResourceAttributes) return plain
  return { ...plain, verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' }
}

function rules(api: Api, user: UserInfo, spec: Record<string, unknown>): object {
  const namespace = typeof spec['namespace'] === 'string' ? spec['namespace'] : ''
  if (!namespace) throw new StatusError('BadRequest', 'no namespace on request')
  const all = api.authorization.rulesFor(user, namespace)
  return {
    resourceRules: all.filter((rule) => !rule.nonResourceURLs?.length),
    nonResourceRules: all
      .filter((rule) => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  }
}
