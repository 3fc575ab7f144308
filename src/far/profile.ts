// Owns the credentials of one profile of ~/.aws: those or none, and what is said where it gives none.
import { fromIni } from '@aws-sdk/credential-provider-ini'
import { loadSharedConfigFiles } from '@smithy/core/config'

import { messageOf, UserError } from '../base/errors.ts'
import type { CredentialSource } from '../deploy/cloud.ts'

type Settings = Readonly<Record<string, string | undefined>>
/** Of the SDK's credentials of a profile. */
export type ProfileOptions = NonNullable<Parameters<typeof fromIni>[0]>

/**
 * Credentials of a profile that was named, by the SDK. The rest of its chain is not asked: a name that is misspelled would end
 * with the role of the machine instead, in whatever account that is.
 * @param ask asks for the code of an MFA device; absent where nobody is at the keyboard
 */
export function profileSource(
  profile: string,
  ask: ((serial: string) => Promise<string>) | undefined,
  options: ProfileOptions,
): CredentialSource {
  const provider = fromIni({
    ...options,
    profile,
    mfaCodeProvider: ask ?? ((serial) => Promise.reject(nobodyToAsk(profile, serial))),
  })
  return async () => {
    const profiles = await readProfiles()
    const settings = profiles[profile]
    if (!settings) throw noSuchProfile(profile, Object.keys(profiles))
    try {
      return await provider()
    } catch (error) {
      throw error instanceof UserError ? error : noCredentials(profile, settings, error)
    }
  }
}

async function readProfiles(): Promise<Readonly<Record<string, Settings>>> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles()
  const names = Object.keys(configFile).filter((name) => !/^(sso-session|services)\./.test(name))
  const configured = Object.fromEntries(names.map((name) => [name, configFile[name] ?? {}]))
  return { ...credentialsFile, ...configured }
}

function nobodyToAsk(profile: string, serial: string): UserError {
  return new UserError(
    `the profile ${profile} asks for a code of ${serial}, and nobody is there to type it`,
    {
      help: 'Run it in a terminal, or put the keys of a session that has been signed in so into the environment (aws sts assume-role, with --token-code).',
    },
  )
}

function noSuchProfile(profile: string, names: readonly string[]): UserError {
  const known = names.length === 0 ? 'There are none.' : `There are: ${names.toSorted().join(', ')}.`
  return new UserError(`no AWS credentials: there is no profile ${profile} in ~/.aws`, { help: known })
}

function noCredentials(profile: string, settings: Settings, cause: unknown): UserError {
  // What to do is said in the help, for this very profile.
  const said = messageOf(cause).replace(/ To refresh this SSO session .*$/, '')
  const isSso = settings['sso_session'] !== undefined || settings['sso_start_url'] !== undefined
  // The SDK tells of what it would renew the session with, and has not.
  const reason = /^Value not present for '\w+' in SSO Token/.test(said)
    ? 'the SSO session has expired.'
    : said
  return new UserError(`no AWS credentials of the profile ${profile}: ${reason}`, {
    help: isSso
      ? `Sign in again: aws sso login --profile ${profile}`
      : /MultiFactorAuthentication failed/.test(said)
        ? 'Type the code that the device shows now; each serves once.'
        : `Correct the profile in ~/.aws (aws configure --profile ${profile}), or name another with --profile.`,
    cause,
  })
}
