// Owns the proof of a domain that a certificate is issued on: near, nobody looks for it, and it is always found.
import { createHash } from 'node:crypto'

import type { ResourceRecord } from '@aws-sdk/client-acm'

/**
 * The CNAME record that AWS would look for: the same for `*.example.com` and `example.com` of one account (ACM user guide,
 * "DNS validation").
 */
export function validationRecord(arn: string, name: string): ResourceRecord {
  const domain = name.replace(/^\*\./, '')
  const account = arn.split(':').slice(3, 5).join(':')
  const hash = (part: string): string =>
    createHash('sha256').update(`${account}/${domain}/${part}`).digest('hex')
  return {
    Name: `_${hash('name').slice(0, 32)}.${domain}.`,
    Type: 'CNAME',
    Value: `_${hash('value').slice(0, 32)}.${hash('zone').replaceAll(/\d/g, '').slice(0, 10)}.acm-validations.aws.`,
  }
}
