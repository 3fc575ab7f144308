// Owns which API groups are the Kubernetes community's, and how a definition says that it may be in one.
// Source: apiextensions-apiserver pkg/apihelpers/helpers.go.

/** Annotation by which definitions of protected groups say that they may be. */
export const APPROVAL = 'api-approved.kubernetes.io'

const TEXT = `protected groups must have approval annotation "${APPROVAL}"`
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111'

/** True for groups of the Kubernetes community, which nobody else may define kinds in. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group)
}

export type Approval = 'approved' | 'bypassed' | 'missing' | 'invalid'

/** What the approval annotation of a definition says, and in which words Kubernetes repeats it. */
export function approvalOf(annotations: Readonly<Record<string, string>> | undefined): {
  readonly state: Approval
  readonly message: string
} {
  const text = annotations?.[APPROVAL] ?? ''
  if (text === '') return { state: 'missing', message: `${TEXT}, ${SEE}` }
  if (text.startsWith('unapproved')) {
    return { state: 'bypassed', message: `not approved: ${JSON.stringify(text)}` }
  }
  if (URL.canParse(text) && new URL(text).host !== '')
    return { state: 'approved', message: `approved in ${text}` }
  return {
    state: 'invalid',
    message: `${TEXT} with either a URL or a reason starting with "unapproved", ${SEE}`,
  }
}
