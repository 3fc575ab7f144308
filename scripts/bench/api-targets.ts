// Owns the API servers that are measured: a region with one empty cluster, and kube-apiserver over etcd.
import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parse } from 'yaml'

import { neargate } from './program.ts'

const START_MS = 60_000

export interface Target {
  readonly name: 'near' | 'real'
  readonly url: string
  readonly token: string
  /** The processes whose memory and time count. */
  readonly pids: readonly number[]
  /** `neargate up` of an empty cluster, region included; etcd and kube-apiserver until /readyz. */
  readonly startSeconds: number
  stop(): Promise<void>
}

const CONFIG = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: bench, region: us-east-1, version: "1.35" }
fargateProfiles:
  - { name: none, selectors: [{ namespace: none }] }
`

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[]
}

interface Credential {
  readonly status: { readonly token: string }
}

/** A region with a cluster that has no nodes. */
export async function nearTarget(): Promise<Target> {
  const home = mkdtempSync(join(tmpdir(), 'neargate-api-'))
  mkdirSync(join(home, 'project'))
  writeFileSync(join(home, 'project', 'cluster.yaml'), CONFIG)
  const startedAt = performance.now()
  neargate(home, 'up', join(home, 'project'), '--json')
  const startSeconds = (performance.now() - startedAt) / 1000
  // What these two commands print is our own.
  const { clusters } = parse(neargate(home, 'kubeconfig', 'bench')) as Kubeconfig
  const { status } = JSON.parse(neargate(home, 'token', '--cluster', 'bench')) as Credential
  const { pid } = JSON.parse(readFileSync(join(home, 'region.json'), 'utf8')) as { pid: number }
  return {
    name: 'near',
    url: clusters[0]?.cluster.server ?? '',
    token: status.token,
    pids: [pid],
    startSeconds,
    async stop() {
      neargate(home, 'stop')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const ETCD_PORT = 23790
const API_PORT = 16443
const TOKEN = 'bench'

/** etcd and kube-apiserver as they come, from a directory that has both. */
export async function peerTarget(
  directory: string,
  // Nothing makes the service accounts that Pods would need.
  { withoutAdmission = ['ServiceAccount'] }: { readonly withoutAdmission?: readonly string[] } = {},
): Promise<Target> {
  const home = mkdtempSync(join(tmpdir(), 'neargate-peer-'))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = join(home, 'sa.key')
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }))
  writeFileSync(join(home, 'tokens.csv'), `${TOKEN},admin,admin,system:masters\n`)
  const startedAt = performance.now()
  const etcdUrl = `http://127.0.0.1:${ETCD_PORT}`
  const etcd = run(join(directory, 'etcd'), [
    `--data-dir=${join(home, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${ETCD_PORT + 1}`,
  ])
  const api = run(join(directory, 'kube-apiserver'), [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${API_PORT}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--cert-dir=${join(home, 'certs')}`,
    `--token-auth-file=${join(home, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    `--disable-admission-plugins=${withoutAdmission.join()}`,
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
  ])
  const stop = async (): Promise<void> => {
    for (const child of [api, etcd]) await end(child)
    rmSync(home, { recursive: true, force: true })
  }
  const url = `https://127.0.0.1:${API_PORT}`
  await untilReady(`${url}/readyz`).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    name: 'real',
    url,
    token: TOKEN,
    pids: [api.pid ?? 0, etcd.pid ?? 0],
    startSeconds: (performance.now() - startedAt) / 1000,
    stop,
  }
}

function run(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, [...args], { stdio: 'ignore' })
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode !== null) return
  child.kill()
  await ended
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + START_MS
  while (!(await answers(url))) {
    if (performance.now() > deadline) throw new Error(`${url} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const outgoing = request(url, { headers, rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}
