// Owns AssociateEncryptionConfig: a key for the secrets of a cluster, once and for all.
import type { AssociateEncryptionConfigRequest, AssociateEncryptionConfigResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { invalidParameter } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { checkEncryption } from './checks.ts'
import { beginClusterUpdate } from './updates.ts'

/** "Encryption of all your secrets may take up to … 45 minutes"; a small cluster's takes some of them. */
const ASSOCIATE_MS = 15 * 60_000

/**
 * The key can neither be changed nor taken away again (aws/containers-roadmap#1755).
 * @throws AwsError InvalidParameter-, ResourceInUse-, ResourceNotFoundException
 */
export const associateEncryptionConfig = operation<
  Eks,
  AssociateEncryptionConfigRequest,
  AssociateEncryptionConfigResponse
>()({
  honours: ['clusterName'],
  // What is stored is not encrypted.
  keeps: ['encryptionConfig[].resources', 'encryptionConfig[].provider.keyArn', 'clientRequestToken'],
  handle: async ({ clusterName, encryptionConfig = [] }, eks) => {
    const { cluster } = findCluster(eks, clusterName)
    checkEncryption(encryptionConfig)
    if (cluster.encryptionConfig?.length) {
      // The words are Neargate's: those of AWS were not found.
      throw invalidParameter(`Encryption is already enabled on cluster ${cluster.name}`, {
        clusterName: cluster.name,
      })
    }
    const update = await beginClusterUpdate(eks, cluster.name, {
      type: 'AssociateEncryptionConfig',
      params: [{ type: 'EncryptionConfig', value: JSON.stringify(encryptionConfig) }],
      change: { encryptionConfig },
      awsMs: ASSOCIATE_MS,
    })
    return { update }
  },
})
