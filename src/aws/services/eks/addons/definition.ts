// Owns what an add-on is: its names, its versions, what it installs, and what that is written from.

/** What a manifest is written from. */
export interface AddonInstall {
  readonly region: string
  readonly clusterName: string
  readonly clusterEndpoint: string
  readonly serviceIpv4Cidr: string
  /** `v1.12.4-eksbuild.1` */
  readonly version: string
  /** Parsed `configurationValues`. */
  readonly values: Readonly<Record<string, unknown>>
}

/** An object as it is applied: what the server fills in is not there yet. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [member: string]: unknown
}

export interface AddonDefinition {
  readonly name: string
  readonly type: string
  readonly owner: string
  readonly namespace: string
  readonly requiresIamPermissions: boolean
  /** The version EKS installs by default on this Kubernetes version. */
  versionFor(kubernetesVersion: string): string
  /** JSON schema of configurationValues, as far as they are honoured. */
  readonly configurationSchema: Readonly<Record<string, unknown>>
  manifests(install: AddonInstall): readonly Manifest[]
  /** The workload whose state is the add-on's health. */
  readonly workload: { readonly kind: 'Deployment' | 'DaemonSet'; readonly name: string }
}
