// Owns the kubeconfig of a near region's clusters, with an exec plugin that makes tokens by the region's keys.
import { parse, stringify } from 'yaml'

import { UserError } from '../base/errors.ts'
import { onPath } from '../base/on-path.ts'
import { ownProgram } from '../base/package-files.ts'
import { readPrivateFile, writePrivateFile } from '../base/private-files.ts'
import {
  awsTokenProgram,
  kubeconfigNames,
  kubeconfigOf,
  mergeKubeconfig,
  withoutEntries,
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  type TokenProgram,
} from '../deploy/kubeconfig.ts'
import type { Home } from '../region/home.ts'
import type { RegionIdentity } from '../region/identity.ts'
import type { NearRegion } from './near-region.ts'

export interface KubeconfigOptions {
  readonly home: Home
  readonly identity: RegionIdentity
  /** Base URL of the AWS endpoint. */
  readonly awsEndpoint: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

// As eksctl calls whoever acts as the account itself.
const USER = 'iam-root-account'

/** The kubeconfig of one cluster as YAML. */
export function kubeconfigText(cluster: KubeconfigCluster, options: KubeconfigOptions): string {
  return stringify(kubeconfigOf(cluster, userOf(cluster.name, options)))
}

/** The kubeconfig of a cluster of the region as YAML. @throws UserError when no such cluster runs */
export async function clusterKubeconfig(
  near: NearRegion,
  name: string,
  environment: KubeconfigOptions['environment'],
): Promise<string> {
  const { clusters } = await near.admin.status()
  const cluster = clusters.find((each) => each.name === name)
  if (!cluster?.endpoint || !cluster.certificateAuthorityData) {
    const known = clusters.map((each) => each.name).join(', ') || 'none'
    throw new UserError(`no cluster ${name} runs in the near region ${near.identity.region}`, {
      help: `There is: ${known}.`,
    })
  }
  const { endpoint, certificateAuthorityData } = cluster
  const options = { ...near, awsEndpoint: near.running.endpoint, environment }
  return kubeconfigText({ name, endpoint, certificateAuthorityData }, options)
}

function userOf(cluster: string, options: KubeconfigOptions): KubeconfigUser {
  return { name: USER, region: options.identity.region, tokens: tokenProgram(cluster, options) }
}

// `aws` where it is there, as on AWS; our own `token` where it is not.
function tokenProgram(
  cluster: string,
  { home, identity, awsEndpoint, environment }: KubeconfigOptions,
): TokenProgram {
  if (onPath('aws', environment)) {
    const env = {
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_ACCESS_KEY_ID: identity.accessKeyId,
      AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    }
    return awsTokenProgram(cluster, identity.region, { env })
  }
  const { command, args } = ownProgram()
  return {
    command,
    args: [...args, 'token', '--cluster', cluster, '--region', identity.region, '--data', home.directory],
    env: {},
  }
}

/** Adds or replaces a cluster in the kubeconfig of the data directory and makes it the current one. */
export function saveKubeconfig(cluster: KubeconfigCluster, options: KubeconfigOptions): void {
  const added = kubeconfigOf(cluster, userOf(cluster.name, options))
  const present = readKubeconfig(options.home.kubeconfig)
  writePrivateFile(options.home.kubeconfig, stringify(mergeKubeconfig(present, added)))
}

/** Takes a cluster out of the kubeconfig of the data directory. */
export function forgetKubeconfig(
  name: string,
  { home, identity: { region } }: Pick<KubeconfigOptions, 'home' | 'identity'>,
): void {
  const present = readKubeconfig(home.kubeconfig)
  if (!present) return
  const { clusterName, contextName } = kubeconfigNames(name, { name: USER, region })
  writePrivateFile(home.kubeconfig, stringify(withoutEntries(present, [clusterName, contextName])))
}

function readKubeconfig(path: string): Kubeconfig | undefined {
  // Written by saveKubeconfig only: it is the region's own file, not ~/.kube/config.
  const text = readPrivateFile(path)
  return text === undefined ? undefined : (parse(text) as Kubeconfig)
}
