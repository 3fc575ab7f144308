// Owns the parts of an Amazon Resource Name.
// Source: AWS General Reference, "Amazon Resource Names (ARNs)".

export interface Arn {
  readonly partition: string
  readonly service: string
  /** Empty for global services such as IAM. */
  readonly region: string
  /** Empty where the resource belongs to AWS itself or to no account. */
  readonly accountId: string
  /** All that follows the fifth colon, colons included: `role/path/NAME`, `cluster/NAME`. */
  readonly resource: string
}

/** Reads `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; undefined for anything else. */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition = '', service = '', region = '', accountId = '', ...rest] = text.split(':')
  const resource = rest.join(':')
  if (prefix !== 'arn' || partition === '' || service === '' || resource === '') return undefined
  return { partition, service, region, accountId, resource }
}

/** The ARN as text. */
export function formatArn({ partition, service, region, accountId, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`
}
