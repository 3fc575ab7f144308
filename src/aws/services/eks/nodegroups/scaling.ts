// Owns the sizes of a node group: their defaults and what EKS refuses.
import type { NodegroupScalingConfig } from '@aws-sdk/client-eks'

import { invalidParameter } from '../errors.ts'

export interface Scaling {
  readonly minSize: number
  readonly maxSize: number
  readonly desiredSize: number
}

/** @throws AwsError InvalidParameterException when the sizes contradict each other */
export function chooseScaling(given: NodegroupScalingConfig | undefined, current?: Scaling): Scaling {
  const minSize = given?.minSize ?? current?.minSize ?? 1
  const maxSize = given?.maxSize ?? current?.maxSize ?? Math.max(2, minSize)
  const desiredSize = given?.desiredSize ?? current?.desiredSize ?? Math.min(2, maxSize)
  if (minSize > desiredSize) {
    throw invalidParameter(`Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`)
  }
  if (desiredSize > maxSize) {
    throw invalidParameter(`desired capacity ${desiredSize} can't be greater than max size ${maxSize}`)
  }
  return { minSize, maxSize, desiredSize }
}
