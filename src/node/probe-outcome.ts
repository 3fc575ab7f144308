// Owns what one run of a probe finds.

export interface ProbeOutcome {
  /** `unknown`: the probe itself did not work; the kubelet then keeps what it knew. */
  readonly result: 'success' | 'failure' | 'unknown'
  readonly message: string
}
