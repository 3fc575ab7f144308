// Owns the rotation of keys: whether, how often, and when next. Ciphertext of any age is read with the key it names.
import type {
  DisableKeyRotationRequest,
  EnableKeyRotationRequest,
  GetKeyRotationStatusRequest,
  GetKeyRotationStatusResponse,
} from '@aws-sdk/client-kms'

import { operation } from '../../protocol/operation.ts'
import type { KmsState } from './state.ts'
import { enabledKey } from './use-key.ts'

const DAY_MS = 86_400_000
/** "The default value is 365 days" (API_EnableKeyRotation). */
const DEFAULT_DAYS = 365

/** @throws AwsError NotFoundException, KMSInvalidStateException, DisabledException */
export const enableKeyRotation = operation<KmsState, EnableKeyRotationRequest, void>()({
  honours: ['KeyId', 'RotationPeriodInDays'],
  handle: async (input, kms) => {
    const { id } = enabledKey(kms, input.KeyId)
    const rotation = {
      periodInDays: input.RotationPeriodInDays ?? DEFAULT_DAYS,
      sinceMs: kms.deps.clock.now(),
    }
    await kms.keys.update(id, (key) => ({ ...key, rotation }))
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException, DisabledException */
export const disableKeyRotation = operation<KmsState, DisableKeyRotationRequest, void>()({
  honours: ['KeyId'],
  handle: async (input, kms) => {
    const { id } = enabledKey(kms, input.KeyId)
    await kms.keys.update(id, ({ rotation: _rotation, ...key }) => key)
  },
})

/** @throws AwsError NotFoundException */
export const getKeyRotationStatus = operation<
  KmsState,
  GetKeyRotationStatusRequest,
  GetKeyRotationStatusResponse
>()({
  honours: ['KeyId'],
  handle: (input, kms) => {
    const { id, rotation } = kms.key(input.KeyId)
    if (!rotation) return { KeyId: kms.arn(id), KeyRotationEnabled: false }
    return {
      KeyId: kms.arn(id),
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodInDays,
      NextRotationDate: new Date(rotation.sinceMs + rotation.periodInDays * DAY_MS),
    }
  },
})
