// Owns the policies that AWS manages: the newest version of each, as published.
// Source: data/aws-managed-policies.json.gz, made by scripts/aws-authorization.ts.
import { gunzipSync } from 'node:zlib'

import { sha256Hex } from '../../../base/sha256.ts'
import { packageBytes } from '../../../base/package-files.ts'

export interface ManagedPolicy {
  readonly name: string
  readonly path: string
  /** `ANPA…`, made out of the ARN: the source doesn't have AWS's. */
  readonly id: string
  readonly arn: string
  readonly versionId: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly document: string
}

const PREFIX = 'arn:aws:iam::aws:policy/'

// Three megabytes of text that most regions need a line or two of: it stays as bytes, with an index over it.
let index: ReadonlyMap<string, readonly [start: number, end: number]> | undefined
let text = Buffer.alloc(0)
const read = new Map<string, ManagedPolicy>()

function lines(): NonNullable<typeof index> {
  if (index) return index
  text = gunzipSync(packageBytes('data/aws-managed-policies.json.gz'))
  const found = new Map<string, readonly [number, number]>()
  // The first line is about the others.
  for (let start = text.indexOf('\n') + 1; start < text.length;) {
    const end = text.indexOf('\n', start)
    found.set(text.toString('utf8', start, text.indexOf(' ', start)), [start, end])
    start = end + 1
  }
  index = found
  return found
}

/** True for the ARN of a policy that AWS manages. */
export function isManagedByAws(arn: string): boolean {
  return arn.startsWith(PREFIX) && lines().has(arn)
}

/** The policy of an ARN; undefined for any other. */
export function managedPolicy(arn: string): ManagedPolicy | undefined {
  if (!arn.startsWith(PREFIX)) return undefined
  const known = read.get(arn)
  const place = known ? undefined : lines().get(arn)
  if (!place) return known
  const line = text.toString('utf8', ...place)
  const [, versionId = '', created = '', updated = ''] = line.split(' ', 4)
  const parts = arn.slice(PREFIX.length).split('/')
  const name = parts.pop() ?? ''
  const policy: ManagedPolicy = {
    name,
    path: parts.length > 0 ? `/${parts.join('/')}/` : '/',
    id: `ANPA${sha256Hex(arn, 17).toUpperCase()}`,
    arn,
    versionId,
    createdAtMs: Date.parse(created),
    updatedAtMs: Date.parse(updated),
    document: line.slice([arn, versionId, created, updated].join(' ').length + 1),
  }
  read.set(arn, policy)
  return policy
}

/** The ARNs of all of them, in order. */
export function managedPolicyArns(): readonly string[] {
  return [...lines().keys()]
}
