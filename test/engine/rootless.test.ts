// A region of an ordinary user, started as any other, whose pods run in that user's rootless Podman. It takes a user with
// subordinate ids: NEARGATE_TEST_USER=NAME npm run test:engine -- test/engine/rootless.test.ts
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { EngineApi } from '../../src/runtime/engine/api.ts'
import { loadBusybox, loadNginx } from '../../src/runtime/engine/testing/images.ts'
import { BUSYBOX, NGINX, until } from '../support/engine-region.ts'
import { root, run, type Finished } from '../support/program.ts'
import { realClient } from '../support/real-clients.ts'

const USER = process.env['NEARGATE_TEST_USER']

const FILES = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: one, region: eu-west-1, version: "1.35" }
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: aws-load-balancer-controller, namespace: kube-system }
      wellKnownPolicies: { awsLoadBalancerController: true }
managedNodeGroups:
  - { name: ng, instanceType: t3.large, desiredCapacity: 2, minSize: 2, maxSize: 2 }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers:
    - { name: web, image: "${NGINX}", ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
    service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: main, image: "${BUSYBOX}", command: [sleep, "1000000"] }]
`

describe.runIf(USER)('a region of an ordinary user', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'neargate-rootless-'))
  const socketPath = join(scratch, 'podman.sock')
  const home = join(scratch, 'home')
  const environment = {
    PATH: process.env['PATH'],
    HOME: scratch,
    XDG_RUNTIME_DIR: scratch,
    CONTAINERS_CONF: join(scratch, 'containers.conf'),
    DOCKER_HOST: `unix://${socketPath}`,
    NEARGATE_HOME: home,
    NEARGATE_PORT: '0',
    NEARGATE_RUNTIME: 'engine',
    NEARGATE_UPLINK: 'off',
    KUBECONFIG: join(home, 'kubeconfig'),
    NO_COLOR: '1',
  }
  const asUser = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'] as const
  let service: ChildProcess | undefined

  const inRegion = (program: string, ...args: readonly string[]): Promise<Finished> => {
    const [command, ...options] = asUser
    return run(command, [...options, program, ...args], environment)
  }
  const neargate = (...args: readonly string[]): Promise<Finished> =>
    inRegion(process.execPath, join(root, 'bin/neargate.js'), ...args)
  const kubectl = (...args: readonly string[]): Promise<Finished> => inRegion(realClient('kubectl'), ...args)
  const inClient = async (script: string): Promise<string> =>
    (await kubectl('exec', 'client', '--', 'sh', '-c', script)).stdout

  beforeAll(async () => {
    writeFileSync(
      environment.CONTAINERS_CONF,
      '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]\n[engine]\nruntime = "runc"\nevents_logger = "file"\ncgroup_manager = "cgroupfs"\n',
    )
    mkdirSync(home)
    writeFileSync(join(scratch, 'all.yaml'), FILES)
    execFileSync('chown', ['-R', `${USER}:`, scratch])
    const [command, ...options] = asUser
    const serve = ['podman', 'system', 'service', '--time', '0', `unix://${socketPath}`]
    service = spawn(command, [...options, ...serve], { env: environment, cwd: scratch, stdio: 'ignore' })
    const api = new EngineApi(socketPath)
    await until('the engine answers', async () => existsSync(socketPath))
    await Promise.all([loadBusybox(api, BUSYBOX), loadNginx(api, NGINX)])
  }, 120_000)

  afterAll(async () => {
    await neargate('stop')
    await inRegion('podman', 'system', 'migrate')
    service?.kill()
    // Files of its images belong to subordinate ids.
    rmSync(scratch, { recursive: true, force: true })
  }, 60_000)

  it('is told by doctor and plan what its engine does', async () => {
    const { stdout } = await neargate('doctor')
    expect(stdout).toContain('in the user namespace of that engine')
    expect(stdout).toContain('pods run what their images say')
    expect((await neargate('stop')).status).toBe(0)
  })

  it('runs pods that reach each other, Services and the region, and are reached', async () => {
    const up = await neargate('up', join(scratch, 'all.yaml'), '--json')
    expect(up.status, up.stderr).toBe(0)
    const ready = ['pod/web', 'pod/client', '--for=condition=Ready', '--timeout=60s']
    expect((await kubectl('wait', ...ready)).status).toBe(0)

    // Names, a Service, and another pod by its address.
    const address = (await kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}')).stdout
    for (const host of ['web.default.svc.cluster.local', address]) {
      const page = await inClient(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc ${host} 80`)
      expect(page).toContain('Welcome to nginx!')
    }
    // The Kubernetes API, AWS and the metadata of the node.
    expect(await inClient('nc -w 5 kubernetes.default 443 < /dev/null && echo open')).toContain('open')
    const metadata = `printf 'GET /latest/api/token HTTP/1.0\\r\\n\\r\\n' | nc 169.254.169.254 80`
    expect(await inClient(metadata)).toMatch(/^HTTP\/1\.[01] /)
    expect(await inClient('echo $AWS_ENDPOINT_URL')).toMatch(/^http:\/\//)

    // From outside: what it logs, and its load balancer.
    await until('the load balancer answers', async () => {
      const { stdout } = await neargate('status', '--json')
      const { url = '' } = /"url":\s*"(?<url>http[^"]+)"/.exec(stdout)?.groups ?? {}
      if (url === '') return false
      const answer = await inRegion('curl', '-s', '--max-time', '5', url)
      return answer.stdout.includes('Welcome to nginx!')
    })
    expect((await kubectl('logs', 'web')).stdout).toContain('"GET / HTTP/1.0" 200')
  }, 120_000)

  it('keeps pods over its own end, and leaves nothing after down', async () => {
    expect((await neargate('stop', '--keep')).status).toBe(0)
    const started = await neargate('start')
    expect(started.status, started.stderr).toBe(0)
    const pods = await kubectl(
      'get',
      'pods',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[0].restartCount}',
    )
    expect(pods.stdout).toBe('0 0')
    await until(
      'the way to its pods is there again',
      async () => (await inClient('echo there')) === 'there\n',
    )
    const down = await neargate('down', join(scratch, 'all.yaml'))
    expect(down.status, down.stderr).toBe(0)
    const left = await inRegion('podman', 'ps', '--all', '--quiet')
    expect(left.stdout).toBe('')
  }, 120_000)
})
