// Owns the surface of KMS.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as aliases from './aliases.ts'
import * as cryptography from './cryptography.ts'
import * as grants from './grants.ts'
import * as policies from './key-policies.ts'
import * as keys from './keys.ts'
import * as rotation from './rotation.ts'
import { KmsState } from './state.ts'
import * as tags from './tags.ts'

/** Builds KMS: symmetric keys with real encryption. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(new KmsState(deps), {
    CancelKeyDeletion: keys.cancelKeyDeletion,
    CreateAlias: aliases.createAlias,
    CreateGrant: grants.createGrant,
    CreateKey: keys.createKey,
    Decrypt: cryptography.decrypt,
    DeleteAlias: aliases.deleteAlias,
    DescribeKey: keys.describeKey,
    DisableKey: keys.disableKey,
    DisableKeyRotation: rotation.disableKeyRotation,
    EnableKey: keys.enableKey,
    EnableKeyRotation: rotation.enableKeyRotation,
    Encrypt: cryptography.encrypt,
    GenerateDataKey: cryptography.generateDataKey,
    GenerateDataKeyWithoutPlaintext: cryptography.generateDataKeyWithoutPlaintext,
    GenerateRandom: cryptography.generateRandom,
    GetKeyPolicy: policies.getKeyPolicy,
    GetKeyRotationStatus: rotation.getKeyRotationStatus,
    ListAliases: aliases.listAliases,
    ListGrants: grants.listGrants,
    ListKeyPolicies: policies.listKeyPolicies,
    ListKeys: keys.listKeys,
    ListResourceTags: tags.listResourceTags,
    ListRetirableGrants: grants.listRetirableGrants,
    PutKeyPolicy: policies.putKeyPolicy,
    ReEncrypt: cryptography.reEncrypt,
    RetireGrant: grants.retireGrant,
    RevokeGrant: grants.revokeGrant,
    ScheduleKeyDeletion: keys.scheduleKeyDeletion,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateAlias: aliases.updateAlias,
    UpdateKeyDescription: keys.updateKeyDescription,
  })
}
