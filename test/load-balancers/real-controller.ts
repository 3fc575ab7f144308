// Owns the real AWS Load Balancer Controller: its chart installed by helm, its binary run beside the region, its webhooks
// called at a port of this machine.
import { strictEqual } from 'node:assert'
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createAuthority, issueServerCertificate } from '../../src/base/certificate-authority.ts'
import { systemClock } from '../../src/base/clock.ts'
import { randomIds } from '../../src/base/ids.ts'
import { freePort } from '../support/free-port.ts'
import { eventually } from '../support/poll.ts'
import type { RealClient } from '../support/real-clients.ts'
import { CLUSTER, REGION, type Setting } from './setting.ts'

export interface RealControllerOptions {
  /** The binary. */
  readonly binary: string
  /** Directory of the chart. */
  readonly chart: string
  readonly helm?: RealClient
  /** Where its log goes. */
  readonly log: string
}

const SERVICE = 'aws-load-balancer-webhook-service.kube-system.svc'
const CONFIGURATIONS = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']

/** The controller, running. */
export interface RealController {
  stop(): Promise<void>
}

/**
 * Installs the chart with no replicas, and starts the binary with the certificate that the chart was given.
 * @throws AssertionError when the chart cannot be installed, Error when the binary does not become ready
 */
export async function startRealController(
  setting: Setting,
  { binary, chart, helm = 'helm', log }: RealControllerOptions,
): Promise<RealController> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-controller-'))
  const write = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await createAuthority('webhooks', sources)
  const serving = await issueServerCertificate(authority, [SERVICE, '127.0.0.1'], sources)
  const tls = {
    caCert: write('ca.crt', authority.cert),
    cert: write('tls.crt', serving.cert),
    key: write('tls.key', serving.key),
  }
  const files = Object.entries(tls).map(([name, path]) => `--set-file=webhookTLS.${name}=${path}`)
  const values = [`clusterName=${CLUSTER}`, `region=${REGION}`, `vpcId=${setting.vpcId}`, 'replicaCount=0']
  const installed = await setting.call(
    helm,
    'install',
    'aws-load-balancer-controller',
    chart,
    '--namespace=kube-system',
    ...files,
    ...values.map((value) => `--set=${value}`),
  )
  strictEqual(installed.includes('STATUS: deployed'), true, installed)
  const ports = { webhooks: await freePort(), health: await freePort(), metrics: await freePort() }
  for (const kind of CONFIGURATIONS) await callAt(setting, kind, `https://127.0.0.1:${ports.webhooks}`)
  const child = spawn(
    binary,
    [
      `--kubeconfig=${setting.environment['KUBECONFIG']}`,
      `--cluster-name=${CLUSTER}`,
      `--aws-region=${REGION}`,
      `--aws-vpc-id=${setting.vpcId}`,
      `--webhook-cert-dir=${directory}`,
      `--webhook-bind-port=${ports.webhooks}`,
      `--health-probe-bind-addr=127.0.0.1:${ports.health}`,
      `--metrics-bind-addr=127.0.0.1:${ports.metrics}`,
      '--leader-election-namespace=kube-system',
      '--log-level=debug',
    ],
    { env: setting.environment, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const output = createWriteStream(log)
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  const stop = async (): Promise<void> => {
    await ended(child)
    output.end()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`the controller exited with ${child.exitCode}: see ${log}`)
      return (await isReady(ports.health)) ? true : undefined
    }, 'a controller that is ready')
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

// No pod is there to answer at the Service that the chart names: the process of this machine is.
async function callAt(setting: Setting, kind: string, url: string): Promise<void> {
  const name = 'aws-load-balancer-webhook'
  const { webhooks } = JSON.parse(await setting.call('kubectl', 'get', kind, name, '-o', 'json')) as {
    webhooks: readonly { clientConfig: { caBundle: string; service: { path: string } } }[]
  }
  const operations = webhooks.map(({ clientConfig: { caBundle, service } }, index) => ({
    op: 'replace',
    path: `/webhooks/${index}/clientConfig`,
    value: { caBundle, url: url + service.path },
  }))
  await setting.call('kubectl', 'patch', kind, name, '--type=json', '-p', JSON.stringify(operations))
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  return answer?.ok ?? false
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const done = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await done
}
