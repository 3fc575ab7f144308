// Measures the AWS endpoint from outside: calls a second and how long one takes; ours, and moto's server beside it when
// MOTO_SERVER names that program. Requests are signed without an SDK, and where rates are measured once for all: the
// client's own work would hide the endpoint's.
import { Agent, request } from 'node:http'
import { request as secureRequest } from 'node:https'

import { signRequest } from '../../src/aws/testing/sign-request.ts'
import { motoEndpoint, nearEndpoint, type AwsTarget } from './aws-targets.ts'
import { besideEachOther } from './beside.ts'
import type { Figure } from './figure.ts'
import { replay, type Replayed } from './replay.ts'
import { cpuSeconds } from './process.ts'

const REGION = 'us-east-1'
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
const CLIENTS = 8
const PROFILES = 8
const CLUSTERS = 5
const STACK_RESOURCES = 30
const END_MS = 120_000
const LOOK_MS = 5
// Each look is a call that the endpoint answers: looking as often for a whole cluster would be much of what it seems to take.
const CLUSTER_LOOK_MS = 25
// moto writes a space.
const ACTIVE = /"status": ?"ACTIVE"/

/** Figures of each endpoint that is there, one after the other. */
export function benchAws(): AsyncIterable<Figure> {
  const moto = process.env['MOTO_SERVER']
  return besideEachOther([nearEndpoint, ...(moto ? [() => motoEndpoint(moto)] : [])], measure)
}

async function* measure(target: AwsTarget): AsyncGenerator<Figure> {
  const api = new Api(target)
  const { subnetIds, podRole, clusterRole } = await prepare(api)
  const named = (name: string, value: number, unit: string, note?: string): Figure => {
    const rounded = Math.round(value * 100) / 100
    return { name: `aws.${target.name}.${name}`, value: rounded, unit, ...(note ? { note } : {}) }
  }
  const first = await startCluster(api, { name: 'bench', clusterRole, subnetIds, pid: target.pid })
  const further: Started[] = []
  for (let index = 0; index < CLUSTERS; index++) {
    further.push(await startCluster(api, { name: `more-${index}`, clusterRole, subnetIds, pid: target.pid }))
  }
  for (const [name, started] of [['cluster.first', [first]] as const, ['cluster', further] as const]) {
    const note = 'CreateCluster to ACTIVE and an API that is ready, where it has one'
    yield named(`${name}.p50`, median(started, 'ms'), 'ms', note)
    yield named(`${name}.cpu`, median(started, 'cpuMs'), 'ms of CPU', note)
  }
  const asked: Readonly<Record<string, Call>> = {
    DescribeCluster: api.restCall('GET', '/clusters/bench'),
    ListClusters: api.restCall('GET', '/clusters'),
    DescribeSubnets: api.queryCall('ec2', '2016-11-15', { Action: 'DescribeSubnets' }),
  }
  for (const [name, call] of Object.entries(asked)) {
    const alone = await timesOf(() => api.send(call))
    yield named(`${name}.p50`, quantile(alone, 0.5), 'ms', 'one client')
    yield named(`${name}.p99`, quantile(alone, 0.99), 'ms', 'one client')
    const cpu = cpuSeconds(target.pid)
    const { perSecond, answers } = await replay(api.signed(call), { seconds: SECONDS, clients: CLIENTS })
    yield named(`${name}.rate`, perSecond, 'calls/s', `${CLIENTS} clients`)
    yield named(`${name}.cpu`, ((cpuSeconds(target.pid) - cpu) / answers) * 1000, 'ms of CPU a call')
  }
  const profiles = await createProfiles(api, { subnetIds, podRole, clusterRole })
  const note = `${PROFILES} profiles, one after the other`
  yield named('CreateFargateProfile.p50', quantile(profiles, 0.5), 'ms', note)
  yield named('stack', await createStack(api), 'ms', `${STACK_RESOURCES} resources, until CREATE_COMPLETE`)
}

interface Call {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One endpoint, its protocols and the scope of its signatures. */
class Api {
  readonly #target: AwsTarget
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })

  constructor(target: AwsTarget) {
    this.#target = target
  }

  rest(method: string, path: string, body?: object): Promise<string> {
    return this.send(this.restCall(method, path, body))
  }

  query(service: string, version: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.send(this.queryCall(service, version, parameters))
  }

  restCall(method: string, path: string, body?: object): Call {
    const headers = { 'content-type': 'application/json' }
    return { service: 'eks', method, path, headers, body: body ? JSON.stringify(body) : '' }
  }

  queryCall(service: string, version: string, parameters: Readonly<Record<string, string>>): Call {
    const body = new URLSearchParams({ ...parameters, Version: version }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { service, method: 'POST', path: '/', headers, body }
  }

  /** A call as it is sent; its signature is good for five minutes. */
  signed({ service, method, path, headers, body }: Call): Replayed {
    const { url, accessKeyId, secretAccessKey } = this.#target
    const signed = signRequest(
      { method, url: path, headers: { ...headers, host: new URL(url).host }, body: Buffer.from(body) },
      { accessKeyId, secretAccessKey, region: REGION, service, nowMs: Date.now() },
    )
    return { url, method, path, headers: signed.headers, body }
  }

  send(call: Call): Promise<string> {
    const { url, method, path, headers, body } = this.signed(call)
    return new Promise((resolve, reject) => {
      const outgoing = request(url + path, { method, headers, agent: this.#agent }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          if ((response.statusCode ?? 500) < 300) resolve(text)
          else reject(new Error(`${method} ${path} ${body.slice(0, 80)}: ${response.statusCode} ${text}`))
        })
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}

interface Prepared {
  readonly subnetIds: readonly string[]
  readonly podRole: string
  readonly clusterRole: string
}

/** What a cluster needs, by the same calls on every endpoint. */
async function prepare(api: Api): Promise<Prepared> {
  const clusterRole = await role(api, { name: 'cluster', service: 'eks', policy: 'AmazonEKSClusterPolicy' })
  const podRole = await role(api, {
    name: 'pods',
    service: 'eks-fargate-pods',
    policy: 'AmazonEKSFargatePodExecutionRolePolicy',
  })
  const ec2 = (parameters: Record<string, string>): Promise<string> =>
    api.query('ec2', '2016-11-15', parameters)
  const vpc = await ec2({ Action: 'CreateVpc', CidrBlock: '10.9.0.0/16' })
  const VpcId = within(vpc, 'vpcId')
  const subnetIds: string[] = []
  for (const [index, zone] of ['a', 'b'].entries()) {
    const subnet = await ec2({
      Action: 'CreateSubnet',
      VpcId,
      CidrBlock: `10.9.${index}.0/24`,
      AvailabilityZone: REGION + zone,
    })
    subnetIds.push(within(subnet, 'subnetId'))
  }
  return { subnetIds, podRole, clusterRole }
}

interface Started {
  readonly ms: number
  readonly cpuMs: number
}

function median(started: readonly Started[], of: keyof Started): number {
  return quantile(
    started.map((each) => each[of]),
    0.5,
  )
}

/** Makes a cluster and waits until it can be used; moto's have no API. */
async function startCluster(
  api: Api,
  {
    name,
    clusterRole,
    subnetIds,
    pid,
  }: Pick<Prepared, 'clusterRole' | 'subnetIds'> & { readonly name: string; readonly pid: number },
): Promise<Started> {
  const [cpu, startedAt] = [cpuSeconds(pid), performance.now()]
  const resourcesVpcConfig = { subnetIds }
  await api.rest('POST', '/clusters', { name, roleArn: clusterRole, resourcesVpcConfig })
  let described = ''
  const isActive = async (): Promise<boolean> =>
    ACTIVE.test((described = await api.rest('GET', `/clusters/${name}`)))
  await until('the cluster', isActive, CLUSTER_LOOK_MS)
  const endpoint = /"endpoint": ?"(https:\/\/127\.0\.0\.1[^"]*)"/.exec(described)?.[1]
  if (endpoint !== undefined) await until('the API', () => isReady(`${endpoint}/readyz`), CLUSTER_LOOK_MS)
  return { ms: performance.now() - startedAt, cpuMs: (cpuSeconds(pid) - cpu) * 1000 }
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = secureRequest(url, { rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}

async function role(
  api: Api,
  { name, service, policy }: { readonly name: string; readonly service: string; readonly policy: string },
): Promise<string> {
  const iam = (parameters: Record<string, string>): Promise<string> =>
    api.query('iam', '2010-05-08', parameters)
  const statement = {
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: 'sts:AssumeRole',
  }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const made = await iam({ Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument: document })
  const arn = `arn:aws:iam::aws:policy/${policy}`
  // moto has no managed policies unless it is told to load them, and asks for none.
  await iam({ Action: 'AttachRolePolicy', RoleName: name, PolicyArn: arn }).catch((error: unknown) => {
    if (!String(error).includes('NoSuchEntity')) throw error
  })
  return within(made, 'Arn')
}

async function createProfiles(api: Api, { subnetIds, podRole }: Prepared): Promise<number[]> {
  const took: number[] = []
  for (let index = 0; index < PROFILES; index++) {
    const path = `/clusters/bench/fargate-profiles`
    const startedAt = performance.now()
    await api.rest('POST', path, {
      fargateProfileName: `p${index}`,
      podExecutionRoleArn: podRole,
      subnets: subnetIds,
      selectors: [{ namespace: `n${index}` }],
    })
    took.push(performance.now() - startedAt)
    await until('the profile', async () => ACTIVE.test(await api.rest('GET', `${path}/p${index}`)))
  }
  return took
}

/** @returns milliseconds */
async function createStack(api: Api): Promise<number> {
  const resources = Array.from({ length: STACK_RESOURCES - 1 }, (_, index) => [
    `Group${index}`,
    {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: `group ${index}`, VpcId: { Ref: 'Vpc' } },
    },
  ])
  const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.8.0.0/16' } }
  const template = { Resources: { Vpc: vpc, ...Object.fromEntries(resources) } }
  const cloudformation = (parameters: Record<string, string>): Promise<string> =>
    api.query('cloudformation', '2010-05-15', { StackName: 'bench', ...parameters })
  const startedAt = performance.now()
  await cloudformation({ Action: 'CreateStack', TemplateBody: JSON.stringify(template) })
  await until('the stack', async () =>
    (await cloudformation({ Action: 'DescribeStacks' })).includes('<StackStatus>CREATE_COMPLETE<'),
  )
  return performance.now() - startedAt
}

/** Calls again and again for some seconds. @returns milliseconds of each call */
async function timesOf(call: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  const endsAt = performance.now() + SECONDS * 1000
  while (performance.now() < endsAt) {
    const startedAt = performance.now()
    await call()
    took.push(performance.now() - startedAt)
  }
  return took
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function within(xml: string, element: string): string {
  const [, text] = new RegExp(`<${element}>([^<]+)<`).exec(xml) ?? []
  if (text === undefined) throw new Error(`no ${element} in ${xml}`)
  return text
}

async function until(what: string, isSo: () => Promise<boolean>, lookMs = LOOK_MS): Promise<void> {
  const deadline = performance.now() + END_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} does not become so`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}
