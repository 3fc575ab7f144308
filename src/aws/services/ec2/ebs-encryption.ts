// Owns what of EBS is encrypted without being asked for, and with which key. The bytes of volumes are this machine's.
// Source: EBS user guide, "Enable Amazon EBS encryption by default".
import type {
  DisableEbsEncryptionByDefaultResult,
  EnableEbsEncryptionByDefaultResult,
  GetEbsDefaultKmsKeyIdResult,
  GetEbsEncryptionByDefaultResult,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import type { Ec2State, SnapshotRecord } from './state.ts'

const ACCOUNT = 'account'
const DEFAULT_KEY = 'alias/aws/ebs'

function encryptsByDefault(ec2: Ec2State): boolean {
  return ec2.settings.get(ACCOUNT)?.encryptsVolumes === true
}

/**
 * Whether a new volume is encrypted: as its request says, or else as the account wants it; always when its snapshot is.
 * Source: EBS user guide, "Amazon EBS encryption", on volumes that are created from encrypted snapshots.
 */
export function isEncrypted(
  ec2: Ec2State,
  given: boolean | undefined,
  snapshot: Pick<SnapshotRecord, 'encrypted'> | undefined,
): boolean {
  return (given ?? encryptsByDefault(ec2)) || snapshot?.encrypted === true
}

/** The ARN of the account's key for EBS, which KMS makes when it is first asked for. */
export async function defaultKey(ec2: Ec2State): Promise<string | undefined> {
  type Answer = { readonly KeyMetadata?: { readonly Arn?: string } }
  const { KeyMetadata } = await ec2.deps.caller.call<Answer>('kms', 'DescribeKey', { KeyId: DEFAULT_KEY })
  return KeyMetadata?.Arn
}

async function set(ec2: Ec2State, encryptsVolumes: boolean): Promise<{ EbsEncryptionByDefault: boolean }> {
  await ec2.settings.put(ACCOUNT, { encryptsVolumes })
  return { EbsEncryptionByDefault: encryptsVolumes }
}

/** EnableEbsEncryptionByDefault: of volumes made from now on. */
export const enableEncryption = operation<Ec2State, object, EnableEbsEncryptionByDefaultResult>()({
  honours: [],
  handle: (_, ec2) => set(ec2, true),
})

/** DisableEbsEncryptionByDefault. */
export const disableEncryption = operation<Ec2State, object, DisableEbsEncryptionByDefaultResult>()({
  honours: [],
  handle: (_, ec2) => set(ec2, false),
})

/** GetEbsEncryptionByDefault. */
export const getEncryption = operation<Ec2State, object, GetEbsEncryptionByDefaultResult>()({
  honours: [],
  handle: (_, ec2) => ({ EbsEncryptionByDefault: encryptsByDefault(ec2) }),
})

/** GetEbsDefaultKmsKeyId: always AWS's own key. */
export const getDefaultKey = operation<Ec2State, object, GetEbsDefaultKmsKeyIdResult>()({
  honours: [],
  handle: () => ({ KmsKeyId: DEFAULT_KEY }),
})
