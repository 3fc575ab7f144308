// Owns whose credentials a deployment to AWS uses: the SDK's whole chain or one profile, and a role that is assumed on top of it.
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import {
  AssumeRoleCommand,
  getDefaultRoleAssumer,
  getDefaultRoleAssumerWithWebIdentity,
  STSClient,
} from '@aws-sdk/client-sts'

import { wallTime, type Clock } from '../base/clock.ts'
import { messageOf, UserError } from '../base/errors.ts'
import { required, type CredentialSource } from '../deploy/cloud.ts'
import { profileSource, type ProfileOptions } from './profile.ts'

export interface CredentialOptions {
  readonly region: string
  readonly clock: Clock
  /** Base URL of an AWS endpoint; AWS itself when absent. */
  readonly endpoint?: string
  /** A profile of ~/.aws: its credentials or none; the SDK's chain when absent. */
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
 * Environment, web identity, container and instance, in the SDK's order; or a profile (static keys, SSO, assumed roles, web
 * identity, processes) where one is named. Refreshed while a run goes on. Nothing is asked for yet, and nothing is ever written.
 */
export function credentialSource(options: CredentialOptions): CredentialSource {
  const { profile, askMfaCode, roleArn, clock } = options
  const common = roleAssumers(options)
  const base =
    profile === undefined
      ? chainSource({ ...common, ...(askMfaCode && { mfaCodeProvider: askMfaCode }) })
      : remembered(profileSource(profile, askMfaCode, common), clock)
  return roleArn === undefined ? base : remembered(assumedRole(base, { ...options, roleArn }), clock)
}

function chainSource(options: NonNullable<Parameters<typeof defaultProvider>[0]>): CredentialSource {
  const chain = defaultProvider(options)
  return async () => {
    try {
      return await chain()
    } catch (cause) {
      throw new UserError(`no AWS credentials: ${messageOf(cause)}`, {
        help: 'Sign in (aws sso login, aws configure), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile.',
        cause,
      })
    }
  }
}

// Instead of a region and an endpoint for all of the chain's clients: those of SSO go to `sso_region`, wherever the cluster is.
function roleAssumers(
  options: CredentialOptions,
): Required<Pick<ProfileOptions, 'roleAssumer' | 'roleAssumerWithWebIdentity'>> {
  const sts = stsConfiguration(options)
  const assume = getDefaultRoleAssumer(sts)
  const assumeWithWebIdentity = getDefaultRoleAssumerWithWebIdentity(sts)
  return {
    roleAssumer: (source, input) => assume(source, withSessionName(input)),
    roleAssumerWithWebIdentity: (input) => assumeWithWebIdentity(withSessionName(input)),
  }
}

// Where the profile names none, the SDK makes one of the time. A kubeconfig names contexts by it: each run would add another.
function withSessionName<T extends { RoleSessionName: string | undefined }>(input: T): T {
  const isMadeUp = /^aws-sdk-js-(session-)?\d+$/.test(input.RoleSessionName ?? '')
  return isMadeUp ? { ...input, RoleSessionName: SESSION_NAME } : input
}

// The endpoint of the run's region: what the global one gives is refused in regions that have to be enabled.
function stsConfiguration({ region, endpoint }: CredentialOptions): {
  readonly region: string
  readonly endpoint?: string
} {
  return { region, ...(endpoint === undefined ? {} : { endpoint }) }
}

type Lent = Awaited<ReturnType<CredentialSource>>

function assumedRole(
  base: CredentialSource,
  options: CredentialOptions & { readonly roleArn: string },
): CredentialSource {
  return async () => {
    const client = new STSClient({ ...stsConfiguration(options), credentials: base })
    try {
      const { Credentials: made } = await client.send(
        new AssumeRoleCommand({
          RoleArn: options.roleArn,
          RoleSessionName: SESSION_NAME,
          DurationSeconds: SESSION_SECONDS,
        }),
      )
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
}

/** Asks once, however many clients want them at the same time, and anew shortly before they expire. */
function remembered(source: CredentialSource, clock: Clock): CredentialSource {
  let current: Lent | undefined
  let asked: Promise<Lent> | undefined
  const isGood = (marginMs: number): boolean =>
    current !== undefined &&
    (current.expiration === undefined || wallTime(clock) < current.expiration.getTime() - marginMs)
  const askAnew = async (): Promise<Lent> => {
    try {
      current = await source()
    } catch (error) {
      // They serve to their end; the next call asks again.
      if (!isGood(0)) throw error
    } finally {
      asked = undefined
    }
    return required(current, 'credentials that were asked for')
  }
  return async () => {
    if (current && isGood(EXPIRY_WINDOW_MS)) return current
    return (asked ??= askAnew())
  }
}
