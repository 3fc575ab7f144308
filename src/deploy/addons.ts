// Owns EKS add-ons: the ones every cluster gets, and those the file asks for.
import {
  CreateAddonCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  type Addon,
} from '@aws-sdk/client-eks'

import { isAwsCode, UserError } from '../base/errors.ts'
import type { DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import { waitFor } from './wait.ts'

// What eksctl installs before and after there are nodes (its KnownAddons table).
const BEFORE_NODES = ['vpc-cni', 'kube-proxy', 'coredns']
const AFTER_NODES = ['metrics-server']
const ADDON_TIMEOUT_MS = 15 * 60_000

/** Names of the add-ons to install, in eksctl's two rounds. */
export function addonRounds(context: DeployContext): {
  readonly beforeNodes: readonly string[]
  readonly afterNodes: readonly string[]
} {
  const defaults = context.config.addonsConfig?.disableDefaultAddons !== true
  const asked = (context.config.addons ?? []).map((addon) => addon.name)
  const beforeNodes = [
    ...new Set([...(defaults ? BEFORE_NODES : []), ...asked.filter((name) => BEFORE_NODES.includes(name))]),
  ]
  const afterNodes = [
    ...new Set([...(defaults ? AFTER_NODES : []), ...asked.filter((name) => !BEFORE_NODES.includes(name))]),
  ]
  return { beforeNodes, afterNodes }
}

/** Installs an add-on at the version that EKS calls the default one, unless it is there. */
export async function ensureAddon(
  context: DeployContext,
  addonName: string,
  kubernetesVersion: string,
): Promise<StepResult> {
  const clusterName = context.config.metadata.name
  if (await findAddon(context, addonName)) return { outcome: 'unchanged' }
  const asked = (context.config.addons ?? []).find((addon) => addon.name === addonName)
  const addonVersion = pinned(asked?.version) ?? (await defaultVersion(context, addonName, kubernetesVersion))
  await context.cloud.eks.send(
    new CreateAddonCommand({
      clusterName,
      addonName,
      addonVersion,
      resolveConflicts: 'OVERWRITE',
      ...(asked?.configurationValues === undefined ? {} : { configurationValues: asked.configurationValues }),
      ...(asked?.serviceAccountRoleARN === undefined
        ? {}
        : { serviceAccountRoleArn: asked.serviceAccountRoleARN }),
    }),
  )
  return { outcome: 'created', detail: addonVersion }
}

function pinned(version: string | undefined): string | undefined {
  return version === undefined || version === 'latest' || version === '' ? undefined : version
}

async function findAddon(context: DeployContext, addonName: string): Promise<Addon | undefined> {
  try {
    const clusterName = context.config.metadata.name
    const { addon } = await context.cloud.eks.send(new DescribeAddonCommand({ clusterName, addonName }))
    return addon
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

async function defaultVersion(
  context: DeployContext,
  addonName: string,
  kubernetesVersion: string,
): Promise<string> {
  const { addons = [] } = await context.cloud.eks.send(
    new DescribeAddonVersionsCommand({ addonName, kubernetesVersion }),
  )
  const versions = addons[0]?.addonVersions ?? []
  const chosen =
    versions.find((version) => version.compatibilities?.[0]?.defaultVersion === true) ?? versions[0]
  if (chosen?.addonVersion === undefined) {
    throw new UserError(`EKS has no version of the add-on ${addonName} for Kubernetes ${kubernetesVersion}`, {
      help: 'Correct `addons` or `metadata.version` in the ClusterConfig.',
    })
  }
  return chosen.addonVersion
}

/** Waits until an add-on is ACTIVE. @throws UserError with its health issues when it fails. */
export async function addonActive(context: DeployContext, addonName: string): Promise<void> {
  let last: Addon | undefined
  await waitFor(
    async () => {
      last = await findAddon(context, addonName)
      if (last?.status === 'CREATE_FAILED') throw failure(last)
      return last?.status === 'ACTIVE' ? true : undefined
    },
    {
      clock: context.clock,
      timeoutMs: ADDON_TIMEOUT_MS,
      describe: () => ({ message: `add-on ${addonName} is ${last?.status ?? 'gone'}: ${issuesOf(last)}` }),
    },
  )
}

function failure(addon: Addon): UserError {
  return new UserError(`add-on ${addon.addonName} failed: ${issuesOf(addon)}`)
}

function issuesOf(addon: Addon | undefined): string {
  return (
    (addon?.health?.issues ?? []).map((issue) => `${issue.code}: ${issue.message}`).join('; ') ||
    'no issue reported'
  )
}
