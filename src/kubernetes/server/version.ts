// Owns the version of a server: what it is called, and what `/version` says of it.
import { sha256Hex } from '../../base/sha256.ts'

/**
 * `v1.35.0-eks-1a2b3c4` for `1.35`, of a server and of the kubelets made for it. EKS moves patch levels without notice;
 * 0 claims none of them. The digits stand where its commit does.
 */
export function gitVersionOf(version: string): string {
  return `v${version}.0-eks-${sha256Hex(version, 7)}`
}

/** The parts of `v1.35.0-eks-1a2b3c4`. */
export function versionParts(gitVersion: string): { major: string; minor: string; commit: string } {
  const [, major = '', minor = '', commit = ''] =
    /^v(\d+)\.(\d+)\.\d+-eks-([0-9a-f]+)$/.exec(gitVersion) ?? []
  return { major, minor, commit }
}

/** The body of `/version`. What it was built by is left empty: no build of Kubernetes runs here. */
export function versionInfo(gitVersion: string): object {
  const { major, minor, commit } = versionParts(gitVersion)
  // apimachinery pkg/version since 1.34: which versions the server can act as.
  const compatible = { minCompatibilityMajor: major, minCompatibilityMinor: String(Number(minor) - 1) }
  const emulation = Number(minor) < 34 ? {} : { emulationMajor: major, emulationMinor: minor, ...compatible }
  return {
    major,
    minor,
    ...emulation,
    gitVersion,
    gitCommit: commit,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  }
}
