// Owns the kubeconfig of clusters on AWS: tokens come from whoever is signed in, and no key is ever in it.
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

import { parse, stringify } from 'yaml'

import { messageOf, UserError } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { onPath } from '../base/on-path.ts'
import { ownProgram } from '../base/package-files.ts'
import { writePrivateFile } from '../base/private-files.ts'
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
import type { AwsTarget } from './aws-target.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the kubeconfig of clusters on AWS is kept, apart from that of near ones, which may have the same names. */
export function farKubeconfigPath(environment: Environment): string {
  const chosen = environment['NEARGATE_HOME']
  const directory = chosen === undefined || chosen === '' ? join(homedir(), '.neargate') : chosen
  return join(directory, 'kubeconfig-aws')
}

/** The file that kubectl itself writes to: the first of KUBECONFIG, else ~/.kube/config. */
export function userKubeconfigPath(environment: Environment): string {
  const [first = ''] = (environment['KUBECONFIG'] ?? '').split(delimiter)
  return first === '' ? join(homedir(), '.kube', 'config') : first
}

/** Who signs in, and with which programs. */
export interface FarUser {
  readonly target: AwsTarget
  readonly environment: Environment
}

/** The kubeconfig of one cluster as YAML. */
export function farKubeconfigText(cluster: KubeconfigCluster, user: FarUser): string {
  return stringify(kubeconfigOf(cluster, userOf(cluster.name, user)))
}

/** Adds or replaces a cluster in the file at `path`, and makes it the current one. Everything else in it stays. */
export function saveFarKubeconfig(path: string, cluster: KubeconfigCluster, user: FarUser): void {
  const added = kubeconfigOf(cluster, userOf(cluster.name, user))
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // ~/.kube/config may be a link into somebody's own repository of settings: it stays one.
  const real = existsSync(path) ? realpathSync(path) : path
  writePrivateFile(real, stringify(mergeKubeconfig(readKubeconfig(path), added)))
}

/** Takes a cluster out of the file at `path`, if it is in it. */
export function forgetFarKubeconfig(path: string, cluster: string, target: AwsTarget): void {
  const present = readKubeconfig(path)
  if (!present) return
  const { account, options } = target
  const user = { name: callerName(account.callerArn), region: options.region }
  const { clusterName, contextName } = kubeconfigNames(cluster, user)
  if (!present.clusters.some(({ name }) => name === clusterName)) return
  writePrivateFile(realpathSync(path), stringify(withoutEntries(present, [clusterName, contextName])))
}

function userOf(cluster: string, { target, environment }: FarUser): KubeconfigUser {
  const { account, options } = target
  return {
    name: callerName(account.callerArn),
    region: options.region,
    tokens: onPath('aws', environment) ? byAws(cluster, target) : bySelf(cluster, target),
  }
}

function byAws(cluster: string, { options }: AwsTarget): TokenProgram {
  const { region, profile, roleArn, endpoint } = options
  const args = roleArn === undefined ? [] : ['--role-arn', roleArn]
  const env = {
    ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
  }
  return awsTokenProgram(cluster, region, { args, env })
}

// Where `aws` is not installed.
function bySelf(cluster: string, { options }: AwsTarget): TokenProgram {
  const { region, profile, roleArn, endpoint } = options
  const { command, args } = ownProgram()
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value]
  return {
    command,
    args: [
      ...args,
      'token',
      ...flag('--target', 'aws'),
      ...flag('--cluster', cluster),
      ...flag('--region', region),
      ...flag('--profile', profile),
      ...flag('--role-arn', roleArn),
      ...flag('--endpoint-url', endpoint),
    ],
    env: {},
  }
}

// As eksctl names a context (pkg/utils/kubeconfig): the last part of the ARN, if it has parts.
function callerName(arn: string): string {
  return arn.includes('/') ? (arn.split('/').at(-1) ?? '') : 'iam-root-account'
}

function readKubeconfig(path: string): Kubeconfig | undefined {
  if (!existsSync(path)) return undefined
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw unreadable(path, messageOf(error))
  }
  if (value === null) return undefined
  if (!isObject(value)) throw unreadable(path, 'it is no mapping')
  const list = (name: string): Kubeconfig['clusters'] => {
    const entries = value[name] ?? []
    if (!Array.isArray(entries)) throw unreadable(path, `${name} is no list`)
    // What else stands in an entry is kept as it is.
    return entries.filter((entry) => isObject(entry) && typeof entry['name'] === 'string')
  }
  const current = value['current-context']
  const preferences = isObject(value['preferences']) ? value['preferences'] : {}
  return {
    ...value,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: list('clusters'),
    contexts: list('contexts'),
    users: list('users'),
    'current-context': typeof current === 'string' ? current : '',
    preferences,
  }
}

function unreadable(path: string, why: string): UserError {
  return new UserError(`${path} is no kubeconfig: ${why}`, {
    help: 'Correct or move it, or name another file with KUBECONFIG.',
  })
}
