// Owns which AWS regions there are, and which of them can be emulated: those of the partition `aws`.
// Source: the partitions that AWS publishes for its SDKs (aws-sdk partitions.json, version 1.1, November 2026).
import { partitionOf, STANDARD_PARTITION } from './partitions.ts'

/** Regions of the partition `aws`, whose ARNs begin with `arn:aws:`. */
export const standardRegions: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'me-west-1',
  'mx-central-1',
  'sa-east-1',
  'sa-west-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]

/** Why a region cannot be emulated, as the end of a sentence; undefined when it can. */
export function refuseRegion(name: string): string | undefined {
  if (standardRegions.includes(name)) return undefined
  const other = partitionOf(name)
  if (!other || other === STANDARD_PARTITION) return 'is not an AWS region'
  return `is in the partition ${other.name}, which is not supported: its ARNs and endpoints differ`
}
