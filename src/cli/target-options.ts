// Owns the options by which a command goes to AWS, and the refusal of those that make no sense near.
import { type Command, InvalidArgumentError, Option } from 'commander'

import { UserError } from '../base/errors.ts'

export interface TargetFlags {
  readonly target: 'near' | 'aws'
  readonly endpointUrl?: string
  readonly profile?: string
  readonly roleArn?: string
  readonly expectAccount?: string
  readonly yes?: true
}

/** The flags that only `--target aws` has, as they are typed. */
const FAR_ONLY: Readonly<Record<string, string>> = {
  endpointUrl: '--endpoint-url',
  profile: '--profile',
  roleArn: '--role-arn',
  expectAccount: '--expect-account',
  yes: '--yes',
  maxMonthly: '--max-monthly',
  writeKubeconfig: '--write-kubeconfig',
  live: '--live',
}

/** Adds them to a command. */
export function offerTarget(command: Command): Command {
  return command
    .addOption(
      new Option('--target <where>', 'a near region, or AWS itself').choices(['near', 'aws']).default('near'),
    )
    .option('--profile <name>', 'with --target aws: a profile of ~/.aws instead of the environment')
    .option('--role-arn <arn>', 'with --target aws: a role to act as')
    .option(
      '--expect-account <id>',
      'with --target aws: stop when the credentials are of another account',
      account,
    )
    .option('--endpoint-url <url>', 'with --target aws: an endpoint to use instead of those of AWS', url)
}

/** Adds the flag that answers the question before anything is changed. */
export function offerYes(command: Command): Command {
  return command.option('--yes', 'with --target aws: go on without asking, for scripts')
}

/** @throws UserError (wrong usage) when flags of `--target aws` are given without it */
export function assertFlagsFit(flags: TargetFlags): void {
  if (flags.target === 'aws') return
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : (FAR_ONLY[name] ?? []),
  )
  if (given.length === 0) return
  throw new UserError(`${given.join(', ')} makes sense with --target aws only`, {
    exitCode: 2,
    help: 'A near region has an account and keys of its own.',
  })
}

function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('an account is 12 digits')
  return text
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('it is an http or https URL')
  return text.replace(/\/$/, '')
}
