// Owns why a kubelet gives a pod up as a whole.
export interface PodFailure {
  readonly reason: string
  readonly message: string
  /** How long its containers have to end; the pod's own grace period without it. */
  readonly graceMs?: number
  /** It goes for the sake of its node, which its condition DisruptionTarget says. */
  readonly isDisruption?: true
}
