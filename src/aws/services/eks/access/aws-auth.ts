// Owns the `aws-auth` ConfigMap: reading who it maps to whom, and the entries that EKS adds itself.
import { parse, stringify } from 'yaml'

import type { ConfigMap } from '../../../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../../../base/errors.ts'
import { isObject } from '../../../../base/json.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import { configMaps } from '../../../../kubernetes/client/resources.ts'

const KEY = { namespace: 'kube-system', name: 'aws-auth' }

export interface MappedRole {
  readonly rolearn: string
  readonly username: string
  readonly groups: readonly string[]
}

export interface MappedUser {
  readonly userarn: string
  readonly username: string
  readonly groups: readonly string[]
}

export interface AwsAuth {
  readonly roles: readonly MappedRole[]
  readonly users: readonly MappedUser[]
  /** Accounts whose every principal is let in under its own ARN. */
  readonly accounts: readonly string[]
}

/** What `aws-auth` says now; nothing when it is not there or not readable, as the authenticator takes it. */
export async function readAwsAuth(client: KubernetesClient): Promise<AwsAuth> {
  return parseAwsAuth((await find(client))?.data ?? {})
}

/** Parses the data of the ConfigMap; entries without an ARN are left out. */
export function parseAwsAuth(data: Readonly<Record<string, string | undefined>>): AwsAuth {
  return {
    roles: entriesOf(data['mapRoles'], 'rolearn').map(({ arn, ...rest }) => ({ rolearn: arn, ...rest })),
    users: entriesOf(data['mapUsers'], 'userarn').map(({ arn, ...rest }) => ({ userarn: arn, ...rest })),
    accounts: listOf(data['mapAccounts']).map(String),
  }
}

function entriesOf(
  text: string | undefined,
  arnKey: string,
): { arn: string; username: string; groups: string[] }[] {
  return listOf(text)
    .filter(isObject)
    .filter((item) => typeof item[arnKey] === 'string')
    .map((item) => ({
      arn: String(item[arnKey]),
      username: typeof item['username'] === 'string' ? item['username'] : String(item[arnKey]),
      groups: Array.isArray(item['groups']) ? item['groups'].map(String) : [],
    }))
}

function listOf(text: string | undefined): unknown[] {
  if (text === undefined) return []
  try {
    const value: unknown = parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    // A ConfigMap that does not parse lets nobody in; it does not break the API server.
    return []
  }
}

/** Adds a role unless it is mapped already; makes the ConfigMap when there is none. */
export async function addRoleToAwsAuth(client: KubernetesClient, role: MappedRole): Promise<void> {
  for (;;) {
    const current = await find(client)
    const roles = parseAwsAuth(current?.data ?? {}).roles
    if (roles.some((known) => known.rolearn === role.rolearn)) return
    // The user's own entries keep their text: ours is appended to the list.
    const mapRoles = stringify([...listOf(current?.data?.['mapRoles']), role])
    try {
      if (current) {
        await client.update<ConfigMap>(configMaps, { ...current, data: { ...current.data, mapRoles } })
      } else {
        await client.create<ConfigMap>(configMaps, { metadata: KEY, data: { mapRoles } })
      }
      return
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
    }
  }
}

/** Takes a role out again; what else stands there stays. */
export async function removeRoleFromAwsAuth(client: KubernetesClient, roleArn: string): Promise<void> {
  for (;;) {
    const current = await find(client)
    const known = listOf(current?.data?.['mapRoles'])
    const left = known.filter((item) => !isObject(item) || item['rolearn'] !== roleArn)
    if (!current || left.length === known.length) return
    try {
      const data = { ...current.data, mapRoles: stringify(left) }
      await client.update<ConfigMap>(configMaps, { ...current, data })
      return
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}

async function find(client: KubernetesClient): Promise<ConfigMap | undefined> {
  try {
    return await client.get<ConfigMap>(configMaps, KEY)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
