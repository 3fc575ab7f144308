// Owns what the user data of an instance says of the node that it is to become: its cluster, labels, taints, pods.
// Source: awslabs/amazon-eks-ami (nodeadm's NodeConfig, bootstrap.sh of Amazon Linux 2), Bottlerocket's settings.kubernetes,
// eksctl pkg/nodebootstrap (kubelet.env).
import { Buffer } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

import { parse } from 'yaml'

import { isObject } from '../../base/json.ts'

export interface BootstrapTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** What a node is told when its instance starts. */
export interface NodeBootstrap {
  /** undefined where only settings are given, as in the user data of managed groups. */
  readonly cluster: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly BootstrapTaint[]
  /** Most pods of the node; undefined: as many as its type has addresses for. */
  readonly maxPods: number | undefined
  readonly isBottlerocket: boolean
  readonly isWindows?: true
  /** The node is called like its instance, not like its private name. */
  readonly isNamedById?: boolean
}

const NOTHING: NodeBootstrap = {
  cluster: undefined,
  labels: {},
  taints: [],
  maxPods: undefined,
  isBottlerocket: false,
}

/** Reads user data as EC2 keeps it: base64, compressed or not. Shell scripts are searched, not run. */
export function readUserData(userData: string): NodeBootstrap {
  const text = decodeUserData(userData)
  if (/^\s*\[settings/m.test(text)) return readBottlerocket(text)
  if (/^\s*<powershell>/i.test(text)) return readPowerShell(text)
  const parts = /^content-type: *multipart\//im.test(text) ? partsOf(text) : [text]
  return parts.map(readPart).reduce(merge, NOTHING)
}

/** The text of user data as EC2 keeps it; empty for what a machine could not read either. */
export function decodeUserData(userData: string): string {
  const bytes = Buffer.from(userData, 'base64')
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  try {
    return (isCompressed ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch {
    return ''
  }
}

// Parts of a MIME message, without their headers.
function partsOf(message: string): readonly string[] {
  const boundary = /boundary="?([^"\r\n;]+)"?/i.exec(message)?.[1] ?? ''
  return message
    .split(`--${boundary}`)
    .slice(1)
    .map((part) => part.replace(/^[\s\S]*?\r?\n\r?\n/, ''))
}

function readPart(text: string): NodeBootstrap {
  if (text.includes('node.eks.aws')) return readNodeConfigs(text)
  return readScript(text)
}

// Later configurations win, as nodeadm merges them.
function merge(before: NodeBootstrap, after: NodeBootstrap): NodeBootstrap {
  return {
    cluster: after.cluster ?? before.cluster,
    labels: { ...before.labels, ...after.labels },
    taints: after.taints.length > 0 ? after.taints : before.taints,
    maxPods: after.maxPods ?? before.maxPods,
    isBottlerocket: false,
  }
}

function readNodeConfigs(text: string): NodeBootstrap {
  return text
    .split(/^---$/m)
    .map((document) => readNodeConfig(parseYaml(document)))
    .reduce(merge, NOTHING)
}

function parseYaml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    // nodeadm would not start the kubelet with it.
    return undefined
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}

function readNodeConfig(document: unknown): NodeBootstrap {
  const cluster = at(document, 'spec', 'cluster', 'name')
  const flags = at(document, 'spec', 'kubelet', 'flags')
  const config = at(document, 'spec', 'kubelet', 'config')
  const maxPods = at(config, 'maxPods')
  const configured = at(config, 'registerWithTaints')
  const told = readFlags(Array.isArray(flags) ? flags.map(String).join(' ') : '')
  return {
    ...told,
    cluster: typeof cluster === 'string' ? cluster : undefined,
    // A flag stands over the configuration, as the kubelet has it.
    ...(told.taints.length === 0 && Array.isArray(configured)
      ? { taints: configured.flatMap(readTaintObject) }
      : {}),
    ...(typeof maxPods === 'number' ? { maxPods } : {}),
  }
}

// kubelet's --node-labels, --register-with-taints and --max-pods.
function readFlags(text: string): NodeBootstrap {
  const flag = (name: string): string => new RegExp(`--${name}[= ]"?([^"'\\s]*)`).exec(text)?.[1] ?? ''
  const maxPods = Number(flag('max-pods'))
  return {
    ...NOTHING,
    labels: pairs(flag('node-labels')),
    taints: flag('register-with-taints').split(',').flatMap(readTaint),
    ...(maxPods > 0 ? { maxPods } : {}),
  }
}

function pairs(text: string): Record<string, string> {
  const entries = text.split(',').map((pair) => pair.split('='))
  return Object.fromEntries(entries.flatMap(([key = '', value = '']) => (key === '' ? [] : [[key, value]])))
}

// A taint of KubeletConfiguration, as Karpenter writes it.
function readTaintObject(taint: unknown): readonly BootstrapTaint[] {
  const [key, value = '', effect] = ['key', 'value', 'effect'].map((name) => at(taint, name))
  if (typeof key !== 'string' || typeof value !== 'string' || typeof effect !== 'string') return []
  return readTaint(value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`)
}

// `key=value:Effect`, `key:Effect`
function readTaint(text: string): readonly BootstrapTaint[] {
  const [, key = '', value = '', effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? []
  if (effect !== 'NoSchedule' && effect !== 'PreferNoSchedule' && effect !== 'NoExecute') return []
  return [{ key, ...(value === '' ? {} : { value }), effect }]
}

// A script of Amazon Linux 2 or Ubuntu: variables that it sets stand for their values in the call of bootstrap.sh.
function readScript(text: string): NodeBootstrap {
  const variables = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(/^\s*(?:export\s+)?([A-Z0-9_]+)=(.*)$/gm)) {
    variables.set(name, value.trim().replace(/^(["'])(.*)\1$/, '$2'))
  }
  // eksctl writes them into a file that its own scripts read.
  if (text.includes('/etc/eksctl/kubelet.env') && variables.has('CLUSTER_NAME'))
    return readEnvironment(variables)
  // Of a managed group EKS makes the call itself; what is added to the script's own arguments counts.
  const [, added] = /^\s*sed\s+(.*)\/etc\/eks\/bootstrap\.sh/m.exec(text) ?? []
  if (added !== undefined) return readFlags(added)
  const call = /\/etc\/eks\/bootstrap\.sh((?:[^\n\\]|\\\n|\\.)*)/.exec(text)?.[1]
  if (call === undefined) return NOTHING
  const words = call
    .replaceAll('\\\n', ' ')
    .replace(/\$\{?([A-Z0-9_]+)\}?/g, (_, name: string) => variables.get(name) ?? '')
  const [, cluster = ''] = /^\s+["']?([A-Za-z0-9][\w-]*)/.exec(words) ?? []
  return { ...readFlags(words), cluster: cluster === '' ? undefined : cluster }
}

// The call of Start-EKSBootstrap.ps1: `-EKSClusterName "shop" … -KubeletExtraArgs "--node-labels=…"`, or variables of the
// same names.
function readPowerShell(text: string): NodeBootstrap {
  const parameter = (name: string): string =>
    new RegExp(`[-$]${name}\\s*=?\\s*(["'])([\\s\\S]*?)\\1`).exec(text)?.[2] ?? ''
  const cluster = parameter('EKSClusterName')
  return {
    ...readFlags(parameter('KubeletExtraArgs')),
    cluster: cluster === '' ? undefined : cluster,
    isWindows: true,
  }
}

function readEnvironment(variables: ReadonlyMap<string, string>): NodeBootstrap {
  const maxPods = Number(variables.get('MAX_PODS') ?? 0)
  return {
    ...NOTHING,
    cluster: variables.get('CLUSTER_NAME'),
    labels: pairs(variables.get('NODE_LABELS') ?? ''),
    taints: (variables.get('NODE_TAINTS') ?? '').split(',').flatMap(readTaint),
    ...(maxPods > 0 ? { maxPods } : {}),
  }
}

// The part of TOML that Bottlerocket's settings of the kubelet are written in.
function readBottlerocket(text: string): NodeBootstrap {
  const settings = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name] = /^\s*\[+\s*([^\]]+?)\s*\]+\s*$/.exec(line) ?? []
    if (name !== undefined) {
      section = settings.get(name.replaceAll('"', '')) ?? new Map<string, string>()
      settings.set(name.replaceAll('"', ''), section)
      continue
    }
    const [, key = '', value = ''] = /^\s*"?([^"=]+?)"?\s*=\s*(.+?)\s*$/.exec(line) ?? []
    if (key !== '') section.set(key, unquoted(value))
  }
  const kubernetes = settings.get('settings.kubernetes')
  const taints = [...(settings.get('settings.kubernetes.node-taints') ?? [])]
  const maxPods = Number(kubernetes?.get('max-pods') ?? 0)
  return {
    cluster: kubernetes?.get('cluster-name'),
    labels: Object.fromEntries(settings.get('settings.kubernetes.node-labels') ?? []),
    taints: taints.flatMap(([key, value]) => readTaint(`${key}=${value}`)),
    maxPods: maxPods > 0 ? maxPods : undefined,
    isBottlerocket: true,
    ...(kubernetes?.get('hostname-override-source') === 'instance-id' ? { isNamedById: true } : {}),
  }
}

// A text, or the first of a list of texts.
function unquoted(value: string): string {
  return /^\[?\s*"([^"]*)"/.exec(value)?.[1] ?? /^\[?\s*'([^']*)'/.exec(value)?.[1] ?? value
}
