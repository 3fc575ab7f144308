// Owns signing in to AWS as a command does it: its flags, questions for MFA codes, and a line about who and where.
import { UserError } from '../base/errors.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { openAwsTarget, type AwsTarget, type AwsTargetOptions } from '../far/aws-target.ts'
import type { App } from './app.ts'
import type { TargetFlags } from './target-options.ts'

/** Signs in for the region of a config. @throws UserError when that fails, or in another account than expected */
export async function signIn(
  app: App,
  { metadata }: Pick<ClusterConfig, 'metadata'>,
  flags: TargetFlags,
): Promise<AwsTarget> {
  return openAwsTarget(signInOptions(app, metadata.region, flags))
}

/** Whose credentials the flags mean, and for which endpoint. */
export function signInOptions(app: App, region: string, flags: TargetFlags): AwsTargetOptions {
  const { ask, environment, clock } = app
  const { roleArn, expectAccount } = flags
  const profile = flags.profile ?? environment['AWS_PROFILE']
  // As the SDK's clients do it by themselves; said here, so that nobody takes a test endpoint for AWS.
  const endpoint = flags.endpointUrl ?? environment['AWS_ENDPOINT_URL']
  const attempts = attemptsOf(environment['AWS_MAX_ATTEMPTS'])
  return {
    region,
    clock,
    ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(profile === undefined || profile === '' ? {} : { profile }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(expectAccount === undefined ? {} : { expectAccount }),
    ...(ask && { askMfaCode: (serial: string) => ask(`code of ${serial}: `) }),
  }
}

// As the SDKs read it. Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
function attemptsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const attempts = Number(text)
  if (Number.isInteger(attempts) && attempts > 0) return attempts
  throw new UserError(`AWS_MAX_ATTEMPTS is ${text}, and no number from 1`, { exitCode: 2 })
}

/** `AWS account 111122223333 in eu-west-1, as arn:aws:iam::111122223333:user/alice` */
export function whereOf({ account, options: { region, endpoint } }: AwsTarget): string {
  const where = endpoint === undefined ? 'AWS' : `${endpoint} as AWS,`
  return `${where} account ${account.id} in ${region}, as ${account.callerArn}`
}
