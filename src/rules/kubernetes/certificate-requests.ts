// Owns what the signers of Kubernetes sign: which subjects, names and usages each of them takes.
// Source: kubernetes pkg/apis/certificates/helpers.go, pkg/controller/certificates/signer/signer.go.

export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet'
const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving'
// EKS's own, for what pods serve ("Secure workloads with Kubernetes certificates", EKS User Guide, which adds that
// client certificates are not signed: requests to kubernetes.io/kube-apiserver-client stay approved without one).
const APP_SERVING_SIGNER = 'beta.eks.amazonaws.com/app-serving'

/** What a request asks for, as its subject and subject alternative names say. */
export interface RequestedCertificate {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames: number
  readonly ipAddresses: number
  readonly emailAddresses: number
  readonly uris: number
}

const NODES = 'system:nodes'
const NODE_PREFIX = 'system:node:'

/** True for signers that the cluster's own controller is. */
export function isOwnSigner(signer: string): boolean {
  return [KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, APP_SERVING_SIGNER].includes(signer)
}

/** Why a signer does not sign a request; undefined when it does. */
export function signerRefusal(
  signer: string,
  asked: RequestedCertificate,
  usages: readonly string[],
): string | undefined {
  if (signer === APP_SERVING_SIGNER) return appServingRefusal(usages)
  return signer === KUBELET_CLIENT_SIGNER
    ? kubeletClientRefusal(asked, usages)
    : servingRefusal(asked, usages)
}

// Whoever approves has looked at the names.
function appServingRefusal(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'server auth']
  const other = usages.find((usage) => !allowed.includes(usage))
  return other === undefined ? undefined : `invalid usage for serving certificate: ${other}`
}

function kubeletClientRefusal(asked: RequestedCertificate, usages: readonly string[]): string | undefined {
  if (!isOfNodes(asked)) return 'subject organization is not system:nodes'
  if (asked.dnsNames > 0) return 'DNS subjectAltNames are not allowed'
  if (asked.emailAddresses > 0) return 'Email subjectAltNames are not allowed'
  if (asked.ipAddresses > 0) return 'IP subjectAltNames are not allowed'
  if (asked.uris > 0) return 'URI subjectAltNames are not allowed'
  return commonNameRefusal(asked) ?? usageRefusal(usages, 'client auth')
}

function servingRefusal(asked: RequestedCertificate, usages: readonly string[]): string | undefined {
  if (!isOfNodes(asked)) return 'subject organization is not system:nodes'
  if (asked.dnsNames + asked.ipAddresses === 0) return 'DNS or IP subjectAltName is required'
  if (asked.emailAddresses > 0) return 'Email subjectAltNames are not allowed'
  if (asked.uris > 0) return 'URI subjectAltNames are not allowed'
  return usageRefusal(usages, 'server auth') ?? commonNameRefusal(asked)
}

function isOfNodes({ organizations }: RequestedCertificate): boolean {
  return organizations.length === 1 && organizations[0] === NODES
}

function commonNameRefusal({ commonName }: RequestedCertificate): string | undefined {
  return commonName.startsWith(NODE_PREFIX)
    ? undefined
    : 'subject common name does not begin with system:node:'
}

// Key encipherment is for RSA keys alone.
function usageRefusal(usages: readonly string[], purpose: string): string | undefined {
  const required = ['digital signature', 'key encipherment', purpose].toSorted()
  const given = [...new Set([...usages, 'key encipherment'])].toSorted()
  const same = given.length === required.length && given.every((usage, i) => usage === required[i])
  return same ? undefined : `usages did not match [${required.join(' ')}]`
}
