// Owns what `/version` says of the server.

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
