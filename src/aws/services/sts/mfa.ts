// Owns the check of the codes of MFA devices.
import { AwsError } from '../../../base/errors.ts'
import { matchesTotp } from '../../../rules/iam/totp.ts'
import type { Sts } from './sts.ts'

/** True when the code is that of the device. @throws AwsError AccessDenied */
export function checkMfa(
  sts: Sts,
  input: { readonly SerialNumber?: string | undefined; readonly TokenCode?: string | undefined },
): true {
  const device = sts.ports.roles.mfaDevice(input.SerialNumber ?? '')
  if (!device || !matchesTotp(device.seed, input.TokenCode ?? '', sts.nowMs())) {
    throw new AwsError(
      'AccessDenied',
      'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
      { status: 403 },
    )
  }
  return true
}
