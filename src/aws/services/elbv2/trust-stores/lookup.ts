// Owns finding trust stores, and who uses them.
import type { TrustStore } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import type { Elb, ListenerRecord, TrustStoreRecord } from '../state.ts'

/** @throws AwsError TrustStoreNotFound */
export function findTrustStore(elb: Elb, arn: string | undefined): TrustStoreRecord {
  const record = elb.tables.trustStores.get(arn ?? '')
  if (!record) throw new AwsError('TrustStoreNotFound', `Trust store '${arn ?? ''}' not found`)
  return record
}

/** The listeners that verify clients by a trust store. */
export function listenersWith(elb: Elb, trustStoreArn: string): ListenerRecord[] {
  return elb.tables.listeners
    .list()
    .filter(({ listener }) => listener.MutualAuthentication?.TrustStoreArn === trustStoreArn)
}

/** A trust store as responses show it. It is usable at once: nothing has to be copied to other machines. */
export function showTrustStore({ arn, name, authorities, revocations }: TrustStoreRecord): TrustStore {
  return {
    Name: name,
    TrustStoreArn: arn,
    Status: 'ACTIVE',
    NumberOfCaCertificates: authorities.length,
    TotalRevokedEntries: revocations.reduce((sum, { serialNumbers }) => sum + serialNumbers.length, 0),
  }
}
