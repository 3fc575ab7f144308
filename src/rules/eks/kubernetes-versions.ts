// Owns which Kubernetes versions EKS supports on a given day.
import { packageText } from '../../base/package-files.ts'

/** `unreleased`: before the day EKS released it; `unknown`: not in the table. */
export type VersionSupport = 'standard' | 'extended' | 'retired' | 'unreleased' | 'unknown'

export interface KubernetesVersion {
  /** `1.35` */
  readonly version: string
  /** Days in UTC, `YYYY-MM-DD`. */
  readonly released: string
  readonly standardUntil: string
  readonly extendedUntil: string
}

interface VersionTable {
  readonly default: string
  readonly versions: Readonly<
    Record<string, Omit<KubernetesVersion, 'version'> & { readonly source: string }>
  >
}

// Part of the package; kubernetes-versions.test.ts checks its shape.
const table = JSON.parse(packageText('data/kubernetes-versions.json')) as VersionTable

/** The version of clusters whose config names none. */
export const defaultKubernetesVersion: string = table.default

/** Every version in the table, oldest first. */
export function kubernetesVersions(): KubernetesVersion[] {
  return Object.entries(table.versions).map(([version, { released, standardUntil, extendedUntil }]) => ({
    version,
    released,
    standardUntil,
    extendedUntil,
  }))
}

/** What is known about a version, or undefined. */
export function kubernetesVersion(version: string): KubernetesVersion | undefined {
  return kubernetesVersions().find((each) => each.version === version)
}

/**
 * The support a version is in. "Billing for extended support starts at the beginning of the day that the version
 * reaches end of standard support, in the UTC+0 timezone."
 */
export function supportOf(version: string, today: Date): VersionSupport {
  const known = kubernetesVersion(version)
  if (!known) return 'unknown'
  const day = today.toISOString().slice(0, 10)
  if (day < known.released) return 'unreleased'
  if (day < known.standardUntil) return 'standard'
  return day < known.extendedUntil ? 'extended' : 'retired'
}
