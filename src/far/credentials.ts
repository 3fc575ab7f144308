// Owns whose credentials a deployment to AWS uses: the SDK's whole chain, and a role that is assumed on top of it.
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'

import { wallTime, type Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { required, type CredentialSource, type Credentials } from '../deploy/cloud.ts'

export interface CredentialOptions {
  readonly region: string
  readonly clock: Clock
  /** Base URL of an AWS endpoint; AWS itself when absent. */
  readonly endpoint?: string
  /** A profile of ~/.aws; that of AWS_PROFILE, or none, when absent. */
  readonly profile?: string
  /** A role to act as. */
  readonly roleArn?: string
  /** Asks for the code of an MFA device; absent where nobody is at the keyboard. */
  readonly askMfaCode?: (serial: string) => Promise<string>
}

// The longest that a role may be assumed from another role's session.
const SESSION_SECONDS = 3600
const SESSION_NAME = 'neargate'
// As the SDK's own chain does it: credentials are asked for anew when less than this is left of them.
const EXPIRY_WINDOW_MS = 5 * 60_000

/**
 * Environment, profile (static keys, SSO, assumed roles, processes), web identity, container and instance, in the SDK's
 * order, and refreshed while a run goes on. Nothing is asked for yet, and nothing is ever written.
 */
export function credentialSource(options: CredentialOptions): CredentialSource {
  const { profile, region, askMfaCode, roleArn } = options
  const chain = defaultProvider({
    clientConfig: { region },
    ...(profile === undefined ? {} : { profile }),
    ...(askMfaCode && { mfaCodeProvider: askMfaCode }),
  })
  const base: CredentialSource = async () => {
    try {
      return await chain()
    } catch (error) {
      throw noCredentials(error, options)
    }
  }
  return roleArn === undefined ? base : assumedRole(base, { ...options, roleArn })
}

function noCredentials(cause: unknown, { profile }: CredentialOptions): UserError {
  const said = Error.isError(cause) ? cause.message : String(cause)
  const where = profile === undefined ? '' : ` of the profile ${profile}`
  return new UserError(`no AWS credentials${where}: ${said}`, {
    help: 'Sign in (aws sso login, aws configure), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile.',
    cause,
  })
}

function assumedRole(
  base: CredentialSource,
  { region, clock, endpoint, roleArn }: CredentialOptions & { readonly roleArn: string },
): CredentialSource {
  let current: Promise<Credentials & { readonly expiration?: Date }> | undefined
  let isFreshUntilMs = 0
  const assume = async (): Promise<Credentials & { readonly expiration?: Date }> => {
    const client = new STSClient({
      region,
      credentials: base,
      ...(endpoint === undefined ? {} : { endpoint }),
    })
    try {
      const { Credentials: made } = await client.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: SESSION_NAME,
          DurationSeconds: SESSION_SECONDS,
        }),
      )
      isFreshUntilMs = (made?.Expiration?.getTime() ?? 0) - EXPIRY_WINDOW_MS
      return {
        accessKeyId: required(made?.AccessKeyId, 'AssumeRole without an access key'),
        secretAccessKey: required(made?.SecretAccessKey, 'AssumeRole without a secret key'),
        ...(made?.SessionToken === undefined ? {} : { sessionToken: made.SessionToken }),
        ...(made?.Expiration === undefined ? {} : { expiration: made.Expiration }),
      }
    } finally {
      client.destroy()
    }
  }
  return async () => {
    if (current && wallTime(clock) < isFreshUntilMs) return current
    current = assume()
    try {
      return await current
    } catch (error) {
      current = undefined
      throw error
    }
  }
}
