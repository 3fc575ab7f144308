// Owns the official JavaScript client of Kubernetes for tests: a package of 66 MB, brought when a test first asks for it.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'

import { root, run } from './program.ts'

const VERSION = '2.0.1'

/** What tests use of `@kubernetes/client-node`, as it declares it. */
export interface KubernetesClient {
  readonly KubeConfig: new () => KubeConfig
  readonly CoreV1Api: ApiClass<CoreV1Api>
  readonly AppsV1Api: ApiClass<AppsV1Api>
  readonly Exec: new (config: KubeConfig) => Exec
  readonly Attach: new (config: KubeConfig) => Attach
  readonly PortForward: new (config: KubeConfig) => PortForward
  readonly Watch: new (config: KubeConfig) => Watch
  readonly PatchStrategy: { readonly MergePatch: string; readonly ServerSideApply: string }
  readonly makeInformer: (config: KubeConfig, path: string, list: () => Promise<List>) => Informer
  readonly setHeaderOptions: (name: string, value: string) => object
}

declare const api: unique symbol
/** A class of the client's API; `makeApiClient` alone makes objects of it. */
export interface ApiClass<Api> {
  readonly [api]: Api
}

export interface KubeConfig {
  loadFromString(text: string): void
  loadFromFile(path: string): void
  loadFromClusterAndUser(
    cluster: { name: string; server: string; caData?: string; skipTLSVerify: boolean },
    user: { name: string; token: string },
  ): void
  getCurrentCluster(): { server: string; caFile?: string; caData?: string } | null
  applyToHTTPSOptions(options: { headers?: Record<string, string> }): Promise<void>
  makeApiClient<Api>(of: ApiClass<Api>): Api
}

interface Meta {
  readonly name?: string
  readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[]
}

export interface KubernetesObject {
  readonly metadata?: Meta
  readonly data?: Readonly<Record<string, string>>
  readonly status?: { readonly readyReplicas?: number }
}

interface List {
  readonly metadata?: { readonly remainingItemCount?: number }
  readonly items: readonly KubernetesObject[]
}

interface Named {
  readonly name: string
  readonly namespace: string
}

export interface CoreV1Api {
  listNode(query: { labelSelector: string }): Promise<List>
  listNamespace(): Promise<List>
  createNamespace(request: { body: object }): Promise<KubernetesObject>
  listNamespacedPod(query: { namespace: string; limit: number }): Promise<List>
  createNamespacedPod(request: { namespace: string; body: object }): Promise<KubernetesObject>
  readNamespacedPod(pod: Named): Promise<KubernetesObject & { readonly status?: { readonly podIP?: string } }>
  deleteNamespacedPod(pod: Named & { gracePeriodSeconds: number }): Promise<object>
  readNamespacedPodLog(pod: Named): Promise<string>
  listNamespacedConfigMap(query: { namespace: string }): Promise<List>
  createNamespacedConfigMap(request: { namespace: string; body: object }): Promise<KubernetesObject>
  deleteNamespacedConfigMap(map: Named): Promise<object>
  patchNamespacedConfigMap(
    request: Named & { body: object; fieldManager?: string; force?: boolean },
    options: object,
  ): Promise<KubernetesObject>
}

export interface AppsV1Api {
  createNamespacedDeployment(request: { namespace: string; body: object }): Promise<KubernetesObject>
  readNamespacedDeployment(deployment: Named): Promise<KubernetesObject>
  replaceNamespacedDeploymentScale(request: Named & { body: object }): Promise<object>
}

export interface Status {
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly details?: object
}

interface Exec {
  exec(
    ...of: [
      namespace: string,
      pod: string,
      container: string,
      command: string[],
      stdout: Writable | null,
      stderr: Writable | null,
      stdin: Readable | null,
      tty: boolean,
      ended?: (status: Status) => void,
    ]
  ): Promise<object>
}

interface Attach {
  attach(
    ...of: [
      namespace: string,
      pod: string,
      container: string,
      stdout: Writable | null,
      stderr: Writable | null,
      stdin: Readable | null,
      tty: boolean,
    ]
  ): Promise<object>
}

interface PortForward {
  portForward(
    ...of: [
      namespace: string,
      pod: string,
      ports: number[],
      output: Writable,
      error: Writable | null,
      input: Readable,
    ]
  ): Promise<object>
}

interface Watch {
  watch(
    path: string,
    query: Readonly<Record<string, string>>,
    seen: (phase: string, object: KubernetesObject) => void,
    done: (error?: unknown) => void,
  ): Promise<{ abort(): void }>
}

export interface Informer {
  on(verb: 'add' | 'update' | 'delete', seen: (object: KubernetesObject) => void): void
  on(verb: 'error', failed: () => void): void
  get(name: string, namespace: string): KubernetesObject | undefined
  start(): Promise<void>
  stop(): Promise<void>
}

/** The client. The first call on a machine takes some seconds, and the package registry. */
export async function kubernetesClient(): Promise<KubernetesClient> {
  const cache = join(root, 'node_modules/.cache/neargate')
  const directory = join(cache, `client-node-${VERSION}`)
  const entry = join(directory, 'node_modules/@kubernetes/client-node/dist/index.js')
  if (!existsSync(entry)) await bring(directory)
  // What it is, the package's own declarations say.
  return (await import(pathToFileURL(entry).href)) as KubernetesClient
}

async function bring(directory: string): Promise<void> {
  // Several test workers may bring it at once: whoever is first is kept.
  const draft = `${directory}.${randomUUID()}`
  mkdirSync(draft, { recursive: true })
  const dependencies = { '@kubernetes/client-node': VERSION }
  writeFileSync(join(draft, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--silent']
  const { status, stderr } = await run('npm', ['install', '--prefix', draft, ...options], process.env)
  if (status !== 0) throw new Error(`@kubernetes/client-node cannot be installed: ${stderr}`)
  try {
    renameSync(draft, directory)
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
}
