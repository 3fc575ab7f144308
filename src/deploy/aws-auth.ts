// Owns the entries that a config adds to the ConfigMap aws-auth; what others wrote there stays.
// Source: eksctl pkg/authconfigmap.
import { parse, stringify } from 'yaml'

import { deepEqual, isObject } from '../base/json.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { changeConfigMap } from './config-map.ts'
import type { StepResult } from './progress.ts'

const KEY = { namespace: 'kube-system', name: 'aws-auth' }

/** An entry of one of the lists of aws-auth; an account is the id alone. */
export interface Mapping {
  readonly list: 'mapRoles' | 'mapUsers' | 'mapAccounts'
  readonly entry: string | Readonly<Record<string, string | readonly string[]>>
}

/** The mapping that lets the instances of a role join as nodes. Windows' kube-proxy has rights of its own. */
export function nodeMapping(rolearn: string, isWindows = false): Mapping {
  const entry = {
    groups: ['system:bootstrappers', 'system:nodes', ...(isWindows ? ['eks:kube-proxy-windows'] : [])],
    rolearn,
    username: 'system:node:{{EC2PrivateDNSName}}',
  }
  return { list: 'mapRoles', entry }
}

/** Adds what is not there yet. EKS writes there too. */
export async function ensureMappings(
  kubernetes: KubernetesClient,
  mappings: readonly Mapping[],
): Promise<StepResult> {
  return await changeConfigMap(kubernetes, KEY, (data) => added(data, mappings))
}

function added(
  data: Readonly<Record<string, string>>,
  mappings: readonly Mapping[],
): Readonly<Record<string, string>> {
  return mappings.reduce<Readonly<Record<string, string>>>((before, { list, entry }) => {
    const value: unknown = parse(before[list] ?? '[]')
    const present = Array.isArray(value) ? value : []
    if (present.some((other) => isSame(other, entry))) return before
    return { ...before, [list]: stringify([...present, entry], { lineWidth: 0 }) }
  }, data)
}

function isSame(present: unknown, wanted: unknown): boolean {
  return isObject(present) && isObject(wanted)
    ? deepEqual(present, wanted)
    : String(present) === String(wanted)
}
