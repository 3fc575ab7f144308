// Owns what an add-on is to the service: its facts, its name, what it installs, and what that is written from.
import type { AddonFacts } from '../../../../rules/eks/addons.ts'

/** What a manifest is written from. */
export interface AddonInstall {
  readonly region: string
  readonly clusterName: string
  readonly clusterEndpoint: string
  /** Of whichever family the cluster's Services are. */
  readonly serviceCidr: string
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

export interface AddonDefinition extends AddonFacts {
  readonly name: string
  readonly manifests: (install: AddonInstall) => readonly Manifest[]
}
