// Owns the files of `neargate export`: templates, manifests, and the order of calls, for other tools or to be read.
import { stringify } from 'yaml'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { addonRounds } from '../deploy/addons.ts'
import { addonValues } from '../deploy/addon-values.ts'
import type { SourcedObject } from '../deploy/apply.ts'
import { inApplyOrder } from '../deploy/apply.ts'
import { offlineStacks, type Placeholder } from '../deploy/offline-stacks.ts'
import { tagList } from '../deploy/ownership.ts'
import type { StackPlan } from '../deploy/stack-plan.ts'
import { markedPlan } from '../deploy/stacks.ts'
import { hasWindowsNodes, WINDOWS_ADDRESSES } from '../deploy/windows-addresses.ts'

/** Texts by path, relative to the directory that is written. */
export type ExportedFiles = Readonly<Record<string, string>>

/** What `up --target aws` would send, as files. @throws UserError when the config makes no stacks */
export function exportFiles(config: ClusterConfig, manifests: readonly SourcedObject[]): ExportedFiles {
  const { stacks, placeholders } = offlineStacks(config)
  const marked = stacks.map((plan) => markedPlan(plan, undefined))
  return {
    ...Object.fromEntries(
      marked.map(({ name, template }) => [`cloudformation/${name}.json`, pretty(template)] as const),
    ),
    ...Object.fromEntries(
      marked.map(({ name, tags }) => [`cloudformation/${name}.tags.json`, pretty(tagList(tags))] as const),
    ),
    ...(manifests.length === 0
      ? {}
      : {
          'kubernetes/manifests.yaml': inApplyOrder(manifests)
            .map(({ object }) => `---\n${stringify(object)}`)
            .join(''),
        }),
    'steps.sh': steps(config, { stacks: marked, placeholders, hasManifests: manifests.length > 0 }),
  }
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

interface Contents {
  readonly stacks: readonly StackPlan[]
  readonly placeholders: readonly Placeholder[]
  readonly hasManifests: boolean
}

function steps(config: ClusterConfig, { stacks, placeholders, hasManifests }: Contents): string {
  const { name, region } = config.metadata
  const { beforeNodes, afterNodes } = addonRounds({ config })
  const [cluster, ...others] = stacks.map(createStack)
  const addon = (addonName: string): string[] => createAddon(config, addonName)
  return [
    '#!/usr/bin/env bash',
    `# The order of calls by which neargate up --target aws builds the cluster ${name}.`,
    ...(placeholders.length === 0
      ? []
      : ['# Replace these placeholders first, in this directory:', ...placeholders.map(placeholderLine)]),
    'set -euo pipefail',
    'cd "$(dirname "$0")"',
    `export AWS_REGION=${quote(region)}`,
    '',
    '# The control plane, with its network where the file names none',
    ...(cluster ?? []),
    '',
    '# Add-ons that nodes need, node groups, roles',
    ...beforeNodes.flatMap(addon),
    ...windowsAddresses(config),
    ...others.flat(),
    '',
    ...fargateProfiles(config),
    '# Add-ons that need nodes',
    ...afterNodes.flatMap(addon),
    ...(hasManifests
      ? ['', '# Applications', signIn(config), 'kubectl apply --server-side -f kubernetes/manifests.yaml']
      : []),
    '',
  ].join('\n')
}

function placeholderLine({ text, means }: Placeholder): string {
  return `#   ${text}: ${means}`
}

function createStack({ name, capabilities }: StackPlan): string[] {
  const file = `file://cloudformation/${name}`
  return [
    `aws cloudformation create-stack --stack-name ${quote(name)} --template-body ${quote(`${file}.json`)} \\`,
    `  --tags ${quote(`${file}.tags.json`)} --capabilities ${capabilities.join(' ')} --enable-termination-protection`,
    `aws cloudformation wait stack-create-complete --stack-name ${quote(name)}`,
  ]
}

function createAddon(config: ClusterConfig, addonName: string): string[] {
  const values = addonValues(config, addonName)
  const told = values === undefined ? '' : ` --configuration-values ${quote(values)}`
  const cluster = quote(config.metadata.name)
  return [
    `aws eks create-addon --cluster-name ${cluster} --addon-name ${quote(addonName)} --resolve-conflicts OVERWRITE${told}`,
  ]
}

// As EKS's user guide has it, before the first of these nodes joins.
function windowsAddresses(config: ClusterConfig): string[] {
  if (!hasWindowsNodes(config)) return []
  const { name, namespace, data } = WINDOWS_ADDRESSES
  const patch = quote(JSON.stringify({ data }))
  return [
    signIn(config),
    `kubectl patch configmap ${name} --namespace ${namespace} --type merge --patch ${patch}`,
  ]
}

function signIn({ metadata }: ClusterConfig): string {
  return `aws eks update-kubeconfig --name ${quote(metadata.name)}`
}

function fargateProfiles(config: ClusterConfig): string[] {
  const profiles = config.fargateProfiles ?? []
  if (profiles.length === 0) return []
  const { name } = config.metadata
  const own = config.iam?.fargatePodExecutionRoleARN
  const role =
    own === undefined
      ? `"$(aws cloudformation describe-stacks --stack-name ${quote(`eksctl-${name}-fargate`)} --query "Stacks[0].Outputs[?OutputKey=='FargatePodExecutionRoleARN'].OutputValue" --output text)"`
      : quote(own)
  const subnets = `"$(aws eks describe-cluster --name ${quote(name)} --query cluster.resourcesVpcConfig.subnetIds --output text)"`
  return [
    '# Fargate profiles, one at a time, in the private subnets among those of the cluster: take the others out of the list',
    `role=${role}`,
    `subnets=${subnets}`,
    ...profiles.flatMap((profile) => [
      `aws eks create-fargate-profile --cluster-name ${quote(name)} --fargate-profile-name ${quote(profile.name)} \\`,
      `  --pod-execution-role-arn "${'${role}'}" --subnets ${profile.subnets?.map(quote).join(' ') ?? '${subnets}'} --selectors ${quote(JSON.stringify(profile.selectors ?? []))}`,
      `aws eks wait fargate-profile-active --cluster-name ${quote(name)} --fargate-profile-name ${quote(profile.name)}`,
    ]),
    '',
  ]
}

// As a POSIX shell reads it back.
function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
