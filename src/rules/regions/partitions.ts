// Owns the partitions of AWS: which one a region is in, and what differs between them.
// Source: the partitions that AWS publishes for its SDKs (partitions.json 1.1), and the Amazon EKS page of the AWS GovCloud
// guide for the lack of Fargate there.

export interface Partition {
  /** What its ARNs begin with after `arn:`. */
  readonly name: string
  /** What the names of its endpoints end in. */
  readonly dnsSuffix: string
  /** False where EKS is known to have no Fargate. */
  readonly hasFargate: boolean
}

const partition = (name: string, dnsSuffix: string, hasFargate = true): Partition => ({
  name,
  dnsSuffix,
  hasFargate,
})

/** The partition whose regions emulated ones are. */
export const STANDARD_PARTITION = partition('aws', 'amazonaws.com')

// By the form of their regions' names.
const PARTITIONS: readonly (readonly [pattern: RegExp, partition: Partition])[] = [
  [/^cn-\w+-\d+$/, partition('aws-cn', 'amazonaws.com.cn')],
  [/^us-gov-\w+-\d+$/, partition('aws-us-gov', 'amazonaws.com', false)],
  [/^eusc-de-\w+-\d+$/, partition('aws-eusc', 'amazonaws.eu')],
  [/^us-iso-\w+-\d+$/, partition('aws-iso', 'c2s.ic.gov')],
  [/^us-isob-\w+-\d+$/, partition('aws-iso-b', 'sc2s.sgov.gov')],
  [/^eu-isoe-\w+-\d+$/, partition('aws-iso-e', 'cloud.adc-e.uk')],
  [/^us-isof-\w+-\d+$/, partition('aws-iso-f', 'csp.hci.ic.gov')],
  [/^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, STANDARD_PARTITION],
]

/** The partition of a region by the form of its name, whether or not AWS has opened it; undefined when none has such. */
export function partitionOf(region: string): Partition | undefined {
  return PARTITIONS.find(([pattern]) => pattern.test(region))?.[1]
}
