// Owns what the EKS service needs from outside: somewhere to run the Kubernetes API of a cluster.
import type { KubernetesClient } from '../../../kubernetes/client/client.ts'

export interface ClusterHostSpec {
  readonly name: string
  readonly arn: string
  /** `1.34` */
  readonly version: string
  readonly serviceIpv4Cidr: string
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
  /** Starts (or finds running) the API and the controllers of a cluster; state from before is picked up. */
  ensure(spec: ClusterHostSpec): Promise<ClusterEndpoint>
  /** Stops the control plane and forgets its state. */
  remove(name: string): Promise<void>
  /** A client with the rights of the control plane itself. @throws InternalError when the cluster does not run. */
  client(name: string): KubernetesClient
}
