// Owns how far parts of a cluster may lie behind its control plane.
// Source: Kubernetes documentation, "Version skew policy": three minor versions since 1.25, two before.

const THREE_SINCE = 25

/**
 * True when a kubelet (or a kube-proxy) works with a control plane.
 * @param part its version, `1.33` or `1.33.0-eks-1a2b3c4`
 * @param controlPlane `1.35`
 */
export function isWithinSkew(part: string, controlPlane: string): boolean {
  const [minor, control] = [minorOf(part), minorOf(controlPlane)]
  return minor <= control && control - minor <= (minor >= THREE_SINCE ? 3 : 2)
}

/** The minor number of a version, 35 for `1.35` and for `v1.35.0-eks-…`. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1])
}
