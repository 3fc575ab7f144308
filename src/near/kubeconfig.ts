// Owns kubeconfig files: one context a cluster, with an exec plugin that makes tokens.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parse, stringify } from 'yaml'

import { UserError } from '../base/errors.ts'
import { readPrivateFile, writePrivateFile } from '../base/private-files.ts'
import type { Home } from '../region/home.ts'
import type { RegionIdentity } from '../region/identity.ts'
import type { NearRegion } from './near-region.ts'

interface Named {
  readonly name: string
}

interface Kubeconfig {
  readonly apiVersion: 'v1'
  readonly kind: 'Config'
  readonly clusters: readonly Named[]
  readonly contexts: readonly Named[]
  readonly users: readonly Named[]
  readonly 'current-context': string
  readonly preferences: object
}

export interface KubeconfigCluster {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityData: string
}

export interface KubeconfigOptions {
  readonly home: Home
  readonly identity: RegionIdentity
  /** Base URL of the AWS endpoint. */
  readonly awsEndpoint: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The kubeconfig of one cluster as YAML. */
export function kubeconfigText(cluster: KubeconfigCluster, options: KubeconfigOptions): string {
  return stringify(kubeconfigOf(cluster, options))
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

// The names are those that eksctl gives.
function kubeconfigOf(cluster: KubeconfigCluster, options: KubeconfigOptions): Kubeconfig {
  const { identity } = options
  const { clusterName, userName } = namesOf(cluster.name, identity)
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      named(clusterName, {
        cluster: { server: cluster.endpoint, 'certificate-authority-data': cluster.certificateAuthorityData },
      }),
    ],
    contexts: [named(userName, { context: { cluster: clusterName, user: userName } })],
    users: [named(userName, { user: { exec: execPlugin(cluster.name, options) } })],
    'current-context': userName,
    preferences: {},
  }
}

function namesOf(cluster: string, { region }: RegionIdentity): { clusterName: string; userName: string } {
  const clusterName = `${cluster}.${region}.eksctl.io`
  return { clusterName, userName: `iam-root-account@${clusterName}` }
}

function named(name: string, content: object): Named {
  return { name, ...content }
}

// `aws` where it is there, as on AWS; our own `token` where it is not.
function execPlugin(
  cluster: string,
  { home, identity, awsEndpoint, environment }: KubeconfigOptions,
): object {
  const common = { apiVersion: 'client.authentication.k8s.io/v1beta1', interactiveMode: 'Never' }
  if (onPath('aws', environment)) {
    const variables = {
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_ACCESS_KEY_ID: identity.accessKeyId,
      AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    }
    return {
      ...common,
      command: 'aws',
      args: ['eks', 'get-token', '--output', 'json', '--cluster-name', cluster, '--region', identity.region],
      env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    }
  }
  const program = fileURLToPath(new URL('../../bin/neargate.js', import.meta.url))
  return {
    ...common,
    command: process.execPath,
    args: [program, 'token', '--cluster', cluster, '--region', identity.region, '--data', home.directory],
    env: null,
  }
}

function onPath(program: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  const directories = (environment['PATH'] ?? '').split(delimiter)
  return directories.some((directory) => directory !== '' && existsSync(join(directory, program)))
}

/** Adds or replaces a cluster in the kubeconfig of the data directory and makes it the current one. */
export function saveKubeconfig(cluster: KubeconfigCluster, options: KubeconfigOptions): void {
  const added = kubeconfigOf(cluster, options)
  const present = readKubeconfig(options.home.kubeconfig)
  writePrivateFile(
    options.home.kubeconfig,
    stringify({
      ...added,
      clusters: merge(present?.clusters, added.clusters),
      contexts: merge(present?.contexts, added.contexts),
      users: merge(present?.users, added.users),
    }),
  )
}

/** Takes a cluster out of the kubeconfig of the data directory. */
export function forgetKubeconfig(
  name: string,
  { home, identity }: Pick<KubeconfigOptions, 'home' | 'identity'>,
): void {
  const present = readKubeconfig(home.kubeconfig)
  if (!present) return
  const { clusterName, userName } = namesOf(name, identity)
  const isOther = (entry: Named): boolean => entry.name !== clusterName && entry.name !== userName
  const contexts = present.contexts.filter(isOther)
  writePrivateFile(
    home.kubeconfig,
    stringify({
      ...present,
      clusters: present.clusters.filter(isOther),
      contexts,
      users: present.users.filter(isOther),
      'current-context': contexts.at(-1)?.name ?? '',
    }),
  )
}

function readKubeconfig(path: string): Kubeconfig | undefined {
  // Written by saveKubeconfig only: it is the region's own file, not ~/.kube/config.
  const text = readPrivateFile(path)
  return text === undefined ? undefined : (parse(text) as Kubeconfig)
}

function merge(present: readonly Named[] | undefined, added: readonly Named[]): readonly Named[] {
  const names = new Set(added.map((entry) => entry.name))
  return [...(present ?? []).filter((entry) => !names.has(entry.name)), ...added]
}
