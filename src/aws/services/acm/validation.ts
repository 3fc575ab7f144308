// Owns the proof of a domain that a certificate is issued on: near, nobody looks for it, and it is always found.

import type { ResourceRecord } from '@aws-sdk/client-acm'

import { sha256Hex } from '../../../base/sha256.ts'

/**
 * The CNAME record that AWS would look for: the same for `*.example.com` and `example.com` of one account (ACM user guide,
 * "DNS validation").
 */
export function validationRecord(arn: string, name: string): ResourceRecord {
  const domain = name.replace(/^\*\./, '')
  const account = arn.split(':').slice(3, 5).join(':')
  const hash = (part: string): string => sha256Hex(`${account}/${domain}/${part}`)
  return {
    Name: `_${hash('name').slice(0, 32)}.${domain}.`,
    Type: 'CNAME',
    Value: `_${hash('value').slice(0, 32)}.${hash('zone').replaceAll(/\d/g, '').slice(0, 10)}.acm-validations.aws.`,
  }
}
