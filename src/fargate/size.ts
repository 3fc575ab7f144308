// Owns the sizes Fargate offers and how a pod's requests become one of them.

/** One row of the Fargate table. */
export interface FargateSize {
  readonly vcpu: number
  readonly memoryGB: number
}
