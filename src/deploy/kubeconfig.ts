// Owns the form of kubeconfig files: one context a cluster, a program that makes its tokens, and how files are put together.

interface Named {
  readonly name: string
}

export interface Kubeconfig {
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

/** The program that kubectl runs for a token. */
export interface TokenProgram {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface KubeconfigUser {
  /** Who acts, as it stands in the context's name. */
  readonly name: string
  readonly region: string
  readonly tokens: TokenProgram
}

/** The kubeconfig of one cluster, under the names that eksctl gives. */
export function kubeconfigOf(cluster: KubeconfigCluster, user: KubeconfigUser): Kubeconfig {
  const { clusterName, contextName } = kubeconfigNames(cluster.name, user)
  const { command, args, env } = user.tokens
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }))
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    // A profile may ask for the code of an MFA device.
    interactiveMode: 'IfAvailable',
    command,
    args,
    env: variables.length === 0 ? null : variables,
  }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      named(clusterName, {
        cluster: { server: cluster.endpoint, 'certificate-authority-data': cluster.certificateAuthorityData },
      }),
    ],
    contexts: [named(contextName, { context: { cluster: clusterName, user: contextName } })],
    users: [named(contextName, { user: { exec } })],
    'current-context': contextName,
    preferences: {},
  }
}

/** What eksctl calls the cluster, and its context and user (pkg/utils/kubeconfig). */
export function kubeconfigNames(
  cluster: string,
  { name, region }: Pick<KubeconfigUser, 'name' | 'region'>,
): { readonly clusterName: string; readonly contextName: string } {
  const clusterName = `${cluster}.${region}.eksctl.io`
  return { clusterName, contextName: `${name}@${clusterName}` }
}

function named(name: string, content: object): Named {
  return { name, ...content }
}

/** `present` with the entries of `added`, which replace those of their names, and its current context. */
export function mergeKubeconfig(present: Partial<Kubeconfig> | undefined, added: Kubeconfig): Kubeconfig {
  return {
    ...present,
    ...added,
    preferences: present?.preferences ?? added.preferences,
    clusters: merge(present?.clusters, added.clusters),
    contexts: merge(present?.contexts, added.contexts),
    users: merge(present?.users, added.users),
  }
}

function merge(present: readonly Named[] | undefined, added: readonly Named[]): readonly Named[] {
  const names = new Set(added.map((entry) => entry.name))
  return [...(present ?? []).filter((entry) => !names.has(entry.name)), ...added]
}

/** `present` without the entries of these names; the last context that is left becomes the current one if that went. */
export function withoutEntries(present: Kubeconfig, names: readonly string[]): Kubeconfig {
  const isOther = (entry: Named): boolean => !names.includes(entry.name)
  const contexts = present.contexts.filter(isOther)
  const current = present['current-context']
  return {
    ...present,
    clusters: present.clusters.filter(isOther),
    contexts,
    users: present.users.filter(isOther),
    'current-context': names.includes(current) ? (contexts.at(-1)?.name ?? '') : current,
  }
}

/** `aws eks get-token`, as everybody who uses EKS has it. */
export function awsTokenProgram(
  cluster: string,
  region: string,
  { args = [], env = {} }: Partial<Pick<TokenProgram, 'args' | 'env'>> = {},
): TokenProgram {
  return {
    command: 'aws',
    args: ['eks', 'get-token', '--output', 'json', '--cluster-name', cluster, '--region', region, ...args],
    env,
  }
}
