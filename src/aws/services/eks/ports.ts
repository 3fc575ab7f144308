// Owns what the EKS service needs from outside: somewhere to run the Kubernetes API of a cluster, the
// Kubernetes versions on offer, and the keys that tokens are signed with.
import type { KubernetesClient } from '../../../kubernetes/client/client.ts'
import type { CredentialSource } from '../../protocol/credentials.ts'

/** As EKS writes it. */
export type IpFamily = 'ipv4' | 'ipv6'

export interface ClusterHostSpec {
  readonly name: string
  readonly arn: string
  /** `1.34` */
  readonly version: string
  /** Of whichever family: a cluster of EKS has Services of one. */
  readonly serviceCidr: string
  /** Issuer of service account tokens, as DescribeCluster shows it. */
  readonly oidcIssuer: string
}

export interface ClusterEndpoint {
  /** `https://127.0.0.1:PORT` */
  readonly endpoint: string
  /** PEM of the cluster's certificate authority, base64 as in kubeconfig. */
  readonly certificateAuthorityData: string
}

/** Runs control planes. Every method may be repeated. */
export interface ClusterHost {
  /** Families that pods and Services of a cluster may have. */
  readonly ipFamilies: readonly IpFamily[]
  /** Starts (or finds running) the API and the controllers of a cluster; state from before is picked up. */
  ensure(spec: ClusterHostSpec): Promise<ClusterEndpoint>
  /** Stops the control plane and forgets its state. */
  remove(name: string): Promise<void>
  /** A client with the rights of the control plane itself. @throws InternalError when the cluster does not run. */
  client(name: string): KubernetesClient
}

/** One Kubernetes version that EKS offers or has offered; dates as `YYYY-MM-DD`. */
export interface OfferedVersion {
  /** `1.34` */
  readonly version: string
  readonly isDefault: boolean
  readonly status: 'STANDARD_SUPPORT' | 'EXTENDED_SUPPORT' | 'UNSUPPORTED'
  readonly releaseDate?: string
  readonly endOfStandardSupportDate?: string
  readonly endOfExtendedSupportDate?: string
  readonly patchVersion?: string
  /** `eks.12` */
  readonly platformVersion?: string
}

export interface EksPorts {
  readonly host: ClusterHost
  /** Newest first. */
  readonly versions: readonly OfferedVersion[]
  /** Whose signatures tokens may carry. */
  readonly credentials: CredentialSource
  /** What the issuers of clusters' tokens begin with, before `/id/…`. */
  readonly issuers: string
}
