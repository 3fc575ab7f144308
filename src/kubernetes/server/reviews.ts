// Owns the virtual kinds: reviews of tokens and of access, answered and never stored.
import type {
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
  TokenReview,
} from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import { decodeObject } from '../schema/decode.ts'
import type { Api } from './api.ts'
import type { RequestAttributes, UserInfo } from './ports.ts'

export interface Review {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Name in the field table. */
  readonly type: string
  /** @returns the status (and for some the spec) that answers the question. */
  answer(api: Api, user: UserInfo, spec: Record<string, unknown>): Promise<object>
}

const AUTHENTICATION = 'authentication.k8s.io'
const AUTHORIZATION = 'authorization.k8s.io'

export const reviews: readonly Review[] = [
  {
    ...review(AUTHENTICATION, 'tokenreviews', 'TokenReview'),
    async answer(api, _user, spec) {
      const { token = '', audiences = [] } = spec as TokenReview['spec']
      if (!token) throw new StatusError('BadRequest', 'token is required for TokenReview in authentication')
      const found = await api.authentication.review(token)
      if (!found) return { authenticated: false, user: {} }
      return { authenticated: true, user: found, ...(audiences.length > 0 ? { audiences } : {}) }
    },
  },
  {
    ...review(AUTHENTICATION, 'selfsubjectreviews', 'SelfSubjectReview'),
    answer: async (_api, user) => ({ userInfo: user }),
  },
  {
    ...review(AUTHORIZATION, 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
    answer: async (api, user, spec) => decide(api, user, spec),
  },
  {
    ...review(AUTHORIZATION, 'subjectaccessreviews', 'SubjectAccessReview'),
    answer: async (api, _user, spec) => decide(api, subjectOf(spec), spec),
  },
  {
    ...review(AUTHORIZATION, 'localsubjectaccessreviews', 'LocalSubjectAccessReview'),
    namespaced: true,
    answer: async (api, _user, spec) => decide(api, subjectOf(spec), spec),
  },
  {
    ...review(AUTHORIZATION, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
    answer: async (api, user, spec) => rules(api, user, spec),
  },
]

function review(group: string, plural: string, kind: string): Omit<Review, 'answer'> {
  const short = group.split('.')[0]
  return { group, version: 'v1', plural, kind, namespaced: false, type: `${short}/v1.${kind}` }
}

/** The review with its status filled in. */
export async function answerReview(
  api: Api,
  { review: which, user, body }: { review: Review; user: UserInfo; body: unknown },
): Promise<object> {
  const { object } = decodeObject<{ spec?: Record<string, unknown> }>(which.type, body, {
    fieldValidation: 'Ignore',
  })
  const status = await which.answer(api, user, object.spec ?? {})
  return {
    ...object,
    kind: which.kind,
    apiVersion: `${which.group}/${which.version}`,
    metadata: { creationTimestamp: formatTimestamp(api.clock.now()) },
    status,
  }
}

function subjectOf(spec: Record<string, unknown>): UserInfo {
  const { user = '', groups = [], uid, extra } = spec as SubjectAccessReviewSpec
  if (!user && groups.length === 0) {
    throw new StatusError(
      'Invalid',
      'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
    )
  }
  return { username: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }
}

function decide(api: Api, user: UserInfo, spec: Record<string, unknown>): object {
  const allowed = api.authorization.isAllowed(attributesOf(user, spec))
  return allowed ? { allowed, reason: '' } : { allowed }
}

function attributesOf(user: UserInfo, spec: Record<string, unknown>): RequestAttributes {
  const { resourceAttributes, nonResourceAttributes } = spec as SelfSubjectAccessReviewSpec
  if (!resourceAttributes && !nonResourceAttributes) {
    throw new StatusError(
      'Invalid',
      'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  }
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
