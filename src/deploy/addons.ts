// Owns EKS add-ons: the ones every cluster gets, and those the file asks for.
import {
  CreateAddonCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  TagResourceCommand,
  UpdateAddonCommand,
  type Addon,
  type AddonPodIdentityAssociations,
  type AddonVersionInfo,
} from '@aws-sdk/client-eks'

import { isAwsCode, UserError } from '../base/errors.ts'
import { POD_IDENTITY_AGENT } from '../config/identity-rules.ts'
import { addonValues, saySame } from './addon-values.ts'
import { isAutoMode } from '../rules/eksctl/auto-mode.ts'
import { addonIdentities, hasIdentities } from './addon-identities.ts'
import { addonRoleStack } from './addon-role.ts'
import type { DeployContext } from './context.ts'
import { isOurs, makerOf, projectTags } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { ensureStack, outputsOf } from './stacks.ts'

// What eksctl installs before and after there are nodes (its KnownAddons table).
const DEFAULT_BEFORE_NODES = ['vpc-cni', 'kube-proxy', 'coredns']
// The agent comes first: others get their credentials from it.
const BEFORE_NODES = [POD_IDENTITY_AGENT, ...DEFAULT_BEFORE_NODES]
const AFTER_NODES = ['metrics-server']

/** Names of the add-ons to install, in eksctl's two rounds. */
export function addonRounds({ config }: Pick<DeployContext, 'config'>): {
  readonly beforeNodes: readonly string[]
  readonly afterNodes: readonly string[]
} {
  const defaults = config.addonsConfig?.disableDefaultAddons !== true
  const asked = (config.addons ?? []).map((addon) => addon.name)
  // What makes the network is a part of Auto Mode's nodes.
  const first = defaults && !isAutoMode(config) ? DEFAULT_BEFORE_NODES : []
  const beforeNodes = [...new Set([...first, ...asked.filter((name) => BEFORE_NODES.includes(name))])]
  const afterNodes = [
    ...new Set([...(defaults ? AFTER_NODES : []), ...asked.filter((name) => !BEFORE_NODES.includes(name))]),
  ]
  return { beforeNodes, afterNodes }
}

/** What an add-on is installed for. */
export interface AddonTarget {
  /** `1.35` */
  readonly kubernetesVersion: string
  /** The cluster's issuer, with its scheme. */
  readonly issuer: string
}

/**
 * Installs an add-on at the version that EKS calls the default one, unless it is there, with the role that it needs.
 * One that somebody else has installed is left as it is.
 */
export async function ensureAddon(
  context: DeployContext,
  addonName: string,
  target: AddonTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const present = await findAddon(context, addonName)
  if (present && !(await isOursNow(context, present))) {
    return { outcome: 'unchanged', detail: `made by ${makerOf(present.tags ?? {})}, left as it is` }
  }
  const version = present
    ? (present.addonVersion ?? '')
    : await versionToInstall(context, addonName, target.kubernetesVersion)
  const identities = await addonIdentities(context, { name: addonName, version }, detail)
  const roleArn = identities.length > 0 ? undefined : await roleOf(context, addonName, target.issuer, detail)
  if (present) return update(context, present, { roleArn, identities })
  return create(context, addonName, { roleArn, identities, version })
}

// Taking over an add-on is a matter of its tags.
async function isOursNow({ cloud, config, consent }: DeployContext, addon: Addon): Promise<boolean> {
  const cluster = config.metadata.name
  if (isOurs(addon.tags, cluster)) return true
  if (!consent.adopt) return false
  await cloud.eks.send(new TagResourceCommand({ resourceArn: addon.addonArn, tags: projectTags(cluster) }))
  return true
}

async function roleOf(
  context: DeployContext,
  addonName: string,
  issuer: string,
  detail: (text: string) => void,
): Promise<string | undefined> {
  const plan = addonRoleStack(context.config, addonName, issuer)
  if (plan) return outputsOf((await ensureStack(context, plan, detail)).stack)['Role1']
  return context.config.addons?.find((addon) => addon.name === addonName)?.serviceAccountRoleARN
}

/** How an add-on gets its rights. */
interface Rights {
  readonly roleArn: string | undefined
  readonly identities: readonly AddonPodIdentityAssociations[]
}

async function update(
  context: DeployContext,
  addon: Addon,
  { roleArn, identities }: Rights,
): Promise<StepResult> {
  const { addonName = '', clusterName, serviceAccountRoleArn } = addon
  const isSameRole = roleArn === undefined || roleArn === serviceAccountRoleArn
  const hasRights =
    isSameRole && (identities.length === 0 || (await hasIdentities(context, addon, identities)))
  // Values that somebody has set by hand stay where the file says nothing.
  const wanted = addonValues(context.config, addonName)
  const values = wanted === undefined || saySame(wanted, addon.configurationValues) ? undefined : wanted
  if (hasRights && values === undefined) return { outcome: 'unchanged' }
  await context.cloud.eks.send(
    new UpdateAddonCommand({
      clusterName,
      addonName,
      ...(roleArn === undefined ? {} : { serviceAccountRoleArn: roleArn }),
      ...(identities.length === 0 ? {} : { podIdentityAssociations: [...identities] }),
      ...(values === undefined ? {} : { configurationValues: values }),
      resolveConflicts: 'PRESERVE',
    }),
  )
  return { outcome: 'updated', detail: hasRights ? 'new values' : 'new role' }
}

interface Installation extends Rights {
  readonly version: string
}

async function create(
  context: DeployContext,
  addonName: string,
  { version: addonVersion, roleArn, identities }: Installation,
): Promise<StepResult> {
  const { cloud, config } = context
  const asked = (config.addons ?? []).find((addon) => addon.name === addonName)
  const values = addonValues(config, addonName)
  const command = new CreateAddonCommand({
    clusterName: config.metadata.name,
    addonName,
    addonVersion,
    resolveConflicts: 'OVERWRITE',
    tags: { ...asked?.tags, ...projectTags(config.metadata.name) },
    ...(values === undefined ? {} : { configurationValues: values }),
    ...(roleArn === undefined ? {} : { serviceAccountRoleArn: roleArn }),
    ...(identities.length === 0 ? {} : { podIdentityAssociations: [...identities] }),
  })
  try {
    await cloud.eks.send(command)
    return { outcome: 'created', detail: addonVersion }
  } catch (error) {
    // Another run was quicker.
    if (isAwsCode(error, 'ResourceInUseException')) return { outcome: 'unchanged' }
    throw error
  }
}

async function versionToInstall(
  context: DeployContext,
  addonName: string,
  kubernetesVersion: string,
): Promise<string> {
  const { version = '' } = context.config.addons?.find((addon) => addon.name === addonName) ?? {}
  // A whole version needs no looking up; EKS says itself when it has none such.
  if (/^v.+-eksbuild/.test(version)) return version
  const { addons = [] } = await context.cloud.eks.send(
    new DescribeAddonVersionsCommand({ addonName, kubernetesVersion }),
  )
  const offered = addons[0]?.addonVersions ?? []
  const chosen = version === '' ? defaultOf(offered) : newestWith(offered, version)
  if (chosen !== undefined) return chosen
  if (offered.length === 0) throw await unknownAddon(context, addonName, kubernetesVersion)
  throw new UserError(
    `add-on ${addonName}: no version for Kubernetes ${kubernetesVersion} has ${version} in it`,
    {
      help: `Use one of ${offered.map(({ addonVersion }) => addonVersion).join(', ')}, or leave version out.`,
    },
  )
}

function defaultOf(offered: readonly AddonVersionInfo[]): string | undefined {
  const chosen = offered.find(({ compatibilities }) => compatibilities?.[0]?.defaultVersion === true)
  return (chosen ?? offered[0])?.addonVersion
}

// As eksctl reads it (getLatestMatchingVersion): `latest`, or a part of a version such as 1.19.2.
function newestWith(offered: readonly AddonVersionInfo[], version: string): string | undefined {
  return offered
    .flatMap(({ addonVersion = '' }) =>
      version === 'latest' || addonVersion.includes(version) ? [addonVersion] : [],
    )
    .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0]
}

/** The add-on as EKS describes it; undefined when it is not installed. */
export async function findAddon(context: DeployContext, addonName: string): Promise<Addon | undefined> {
  try {
    const clusterName = context.config.metadata.name
    const { addon } = await context.cloud.eks.send(new DescribeAddonCommand({ clusterName, addonName }))
    return addon
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

/** True when the add-on is installed, and by `up`: what the file says of it has been told to EKS. */
export async function hasAddon(context: DeployContext, addonName: string): Promise<boolean> {
  const addon = await findAddon(context, addonName)
  return addon !== undefined && isOurs(addon.tags, context.config.metadata.name)
}

// Near, what is missing may well exist on AWS.
async function unknownAddon(
  { cloud }: DeployContext,
  addonName: string,
  kubernetesVersion: string,
): Promise<UserError> {
  if (cloud.endpoint === undefined) {
    return new UserError(
      `EKS has no version of the add-on ${addonName} for Kubernetes ${kubernetesVersion}`,
      {
        help: 'Correct `addons` or `metadata.version` in the ClusterConfig.',
      },
    )
  }
  const { addons = [] } = await cloud.eks.send(new DescribeAddonVersionsCommand({ kubernetesVersion }))
  const emulated = addons.map((addon) => addon.addonName).join(', ')
  return new UserError(`the add-on ${addonName} is not emulated by Neargate`, {
    help: `Leave it out for the near cluster; emulated are ${emulated}.`,
  })
}
