// Owns the environment variables that point AWS and Kubernetes tools at a near region.
import type { Home } from './home.ts'
import type { RegionIdentity } from './identity.ts'

/** By which clients are told of a file of certificates: Go and OpenSSL, AWS SDKs, Python's requests, Node, curl. */
export const CA_VARIABLES = [
  'SSL_CERT_FILE',
  'AWS_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'CURL_CA_BUNDLE',
] as const

export interface EnvironmentOptions {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly identity: RegionIdentity
  readonly home: Pick<Home, 'kubeconfig' | 'caBundle'>
  /** The proxy that serves AWS's own host names. */
  readonly proxy?: string | undefined
}

/** Variables for `aws`, `eksctl`, `kubectl`, `helm` and AWS SDKs; they hold the keys of the region. */
export function clientEnvironment({
  endpoint,
  identity,
  home,
  proxy,
}: EnvironmentOptions): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // eksctl before 0.206 reads only these names (its pkg/eks/services_v2.go).
    AWS_CLOUDFORMATION_ENDPOINT: endpoint,
    AWS_EC2_ENDPOINT: endpoint,
    AWS_EKS_ENDPOINT: endpoint,
    AWS_ELB_ENDPOINT: endpoint,
    AWS_ELBV2_ENDPOINT: endpoint,
    AWS_IAM_ENDPOINT: endpoint,
    AWS_STS_ENDPOINT: endpoint,
    AWS_REGION: identity.region,
    AWS_DEFAULT_REGION: identity.region,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    // Keeps SDKs from asking the metadata service of a machine that has none.
    AWS_EC2_METADATA_DISABLED: 'true',
    KUBECONFIG: home.kubeconfig,
    // The issuers of clusters are reached over https: eksctl and Terraform look at their certificates.
    // Clients that insist on AWS's names reach them here; what is on this machine needs no proxy.
    ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy, NO_PROXY: '127.0.0.1,localhost,.localhost' }),
    ...Object.fromEntries(CA_VARIABLES.map((name) => [name, home.caBundle])),
  }
}
