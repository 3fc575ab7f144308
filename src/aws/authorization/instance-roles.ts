// Owns which roles a call passes to instances: those of the profiles that it names, itself or by a launch template.
// Source: EC2 user guide, "Use an instance profile"; "Prerequisites for EC2 Fleet": who launches has to pass the role.
import { isAwsCode } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { AwsCaller } from '../protocol/service.ts'
import { passedToInstances, PASSING_PROFILE, type Dependent } from './dependent.ts'
import type { InputValues } from './input-values.ts'
import { findArn } from './lookups.ts'
import type { PublishedAction } from './published.ts'

interface Passing {
  readonly action: PublishedAction
  readonly input: object
  readonly values: InputValues
}

/** The rights to pass what a call passes to instances. */
export async function instanceRoles(
  { action, input, values }: Passing,
  caller: AwsCaller,
): Promise<readonly Dependent[]> {
  if (action.name === 'iam:AddRoleToInstanceProfile') {
    const arn = await findArn(caller, 'iam:role', values)
    return arn === undefined ? [] : [passedToInstances(arn)]
  }
  if (!PASSING_PROFILE.has(action.name)) return []
  const [own] = values.of(['IamInstanceProfile.Name', 'IamInstanceProfile.Arn'])
  // What a launch says itself stands over its template.
  const profiles = own === undefined ? await templateProfiles(caller, input) : [own]
  const roles = await Promise.all(profiles.map((profile) => rolesOf(caller, profile)))
  return [...new Set(roles.flat())].map(passedToInstances)
}

async function rolesOf(caller: AwsCaller, profile: string): Promise<readonly string[]> {
  type Answer = { readonly InstanceProfile?: { readonly Roles?: readonly { readonly Arn?: string }[] } }
  const name = profile.split('/').at(-1)
  try {
    const { InstanceProfile } = await caller.call<Answer>('iam', 'GetInstanceProfile', {
      InstanceProfileName: name,
    })
    return (InstanceProfile?.Roles ?? []).flatMap(({ Arn }) => Arn ?? [])
  } catch (error) {
    // EC2 itself says so.
    if (isAwsCode(error, 'NoSuchEntity')) return []
    throw error
  }
}

/** As calls name a template. */
interface Specification {
  readonly LaunchTemplateId?: string
  readonly LaunchTemplateName?: string
  readonly Version?: string
}

function specificationsOf(input: object): readonly Specification[] {
  const { LaunchTemplate: one, LaunchTemplateConfigs: many } = input as {
    readonly LaunchTemplate?: unknown
    readonly LaunchTemplateConfigs?: unknown
  }
  const ofFleet = Array.isArray(many)
    ? many.map((config: unknown) => (isObject(config) ? config['LaunchTemplateSpecification'] : undefined))
    : []
  // The endpoint has checked their members against the schema.
  return [one, ...ofFleet].filter(isObject) as readonly Specification[]
}

async function templateProfiles(caller: AwsCaller, input: object): Promise<readonly string[]> {
  const found = await Promise.all(
    specificationsOf(input).map((specification) => templateProfile(caller, specification)),
  )
  return found.filter((profile) => profile !== undefined)
}

type Version = {
  readonly LaunchTemplateData?: {
    readonly IamInstanceProfile?: { readonly Arn?: string; readonly Name?: string }
  }
}

// Undefined for a template that is not there, too: EC2 itself says so.
async function templateProfile(
  caller: AwsCaller,
  { LaunchTemplateId, LaunchTemplateName, Version = '$Default' }: Specification,
): Promise<string | undefined> {
  type Answer = { readonly LaunchTemplateVersions?: readonly Version[] }
  const named = LaunchTemplateId === undefined ? { LaunchTemplateName } : { LaunchTemplateId }
  const answer = await caller
    .call<Answer>('ec2', 'DescribeLaunchTemplateVersions', { ...named, Versions: [Version] })
    .catch(() => undefined)
  const profile = answer?.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.IamInstanceProfile
  return profile?.Name ?? profile?.Arn
}
