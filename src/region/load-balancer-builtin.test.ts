import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createAuthority, issueServerCertificate } from '../base/certificate-authority.ts'
import { systemClock } from '../base/clock.ts'
import { InternalError } from '../base/errors.ts'
import { randomIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { pods, secrets } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import type { AdmissionPlugin } from '../kubernetes/server/ports.ts'
import { createControllerContext } from '../reconcile/context.ts'
import type { ContainerSpec } from '../runtime/runtime.ts'
import { loadBalancerBuiltin } from './load-balancer-builtin.ts'

const IMAGE = 'public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0'
const PLACE = { namespace: 'kube-system', name: 'lbc-1' }
const CERTIFICATES = '/tmp/k8s-webhook-server/serving-certs'

let supervisor: Supervisor
let client: FakeClient
let admissions: AdmissionPlugin[]
let said: string[]
let exits: number[]

beforeEach(() => {
  supervisor = new Supervisor(silentLog)
  client = new FakeClient({ clock: systemClock })
  admissions = []
  said = []
  exits = []
})
afterEach(() => supervisor.stop())

interface Wish {
  readonly args?: readonly string[]
  readonly node?: string
}

async function start({ args = ['--cluster-name=demo'], node = 'ip-10-0-0-5' }: Wish = {}) {
  const context = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  const image = loadBalancerBuiltin({
    context,
    clock: systemClock,
    log: silentLog,
    clusterName: 'demo',
    region: 'eu-west-1',
    aws: () => ({ call: () => Promise.reject(new InternalError('no AWS here')) }),
    nodeSession: () => Promise.reject(new InternalError('no AWS here')),
    addAdmission: (plugin) => {
      admissions.push(plugin)
      return () => void admissions.splice(admissions.indexOf(plugin), 1)
    },
    vpcOfNode: (name) => {
      if (name.startsWith('fargate-'))
        throw new InternalError(`node ${name} has no instance metadata service`)
      return 'vpc-1'
    },
  })
  expect(image.matches(IMAGE)).toBe(true)
  const sandbox = { id: 's1', ...PLACE, ip: '10.0.0.9', node, labels: {} }
  const container: ContainerSpec = {
    sandboxId: 's1',
    name: 'controller',
    image: IMAGE,
    command: [],
    args,
    env: {},
    ports: [],
    limits: {},
    attempt: 0,
  }
  const reporter = {
    log: (text: string) => void said.push(text),
    exit: (code: number) => void exits.push(code),
  }
  return await image.start(sandbox, container, reporter)
}

/** The pod as the chart makes it, with a certificate from its Secret. @returns PEM of the certificate */
async function mountCertificate(): Promise<string> {
  const sources = { clock: systemClock, ids: randomIds }
  const pair = await issueServerCertificate(await createAuthority('Test', sources), ['webhook.test'], sources)
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  client.seed(secrets, {
    metadata: { namespace: PLACE.namespace, name: 'aws-load-balancer-tls' },
    data: { 'tls.crt': encode(pair.cert), 'tls.key': encode(pair.key) },
  })
  client.seed(pods, {
    metadata: PLACE,
    spec: {
      containers: [{ name: 'controller', volumeMounts: [{ name: 'cert', mountPath: CERTIFICATES }] }],
      volumes: [{ name: 'cert', secret: { secretName: 'aws-load-balancer-tls' } }],
    },
  } as never)
  return pair.cert
}

describe('the built-in load balancer controller', () => {
  it('takes the VPC from the metadata of its node', async () => {
    const running = await start()
    expect(said).toContain('leading: reconciling Services of cluster demo in vpc-1')
    expect(exits).toEqual([])
    await running.stop()
  })

  it.each([
    [['--cluster-name=demo'], 'failed to get VPC ID: failed to fetch VPC ID from instance metadata'],
    [['--aws-vpc-id=vpc-2'], '--cluster-name is required'],
  ])('ends with exit code 1 on Fargate with %j alone', async (args, why) => {
    await start({ args, node: 'fargate-ip-10-0-0-7' })
    expect(exits).toEqual([1])
    expect(said.join('\n')).toContain(`unable to initialize AWS cloud: ${why}`)
    expect(admissions).toEqual([])
  })

  it('runs on Fargate when it is told the VPC', async () => {
    const running = await start({ args: ['--cluster-name=demo', '--aws-vpc-id=vpc-2'], node: 'fargate-ip-1' })
    expect(said).toContain('leading: reconciling Services of cluster demo in vpc-2')
    await running.stop()
  })

  it('looks at requests as a part of the API without webhooks, and serves webhooks in the place of that', async () => {
    const plain = await start()
    expect(admissions.map(({ name }) => name).toSorted()).toEqual([
      'mpod.elbv2.k8s.aws',
      'mservice.elbv2.k8s.aws',
    ])
    await plain.stop()
    expect(admissions).toEqual([])
    const cert = await mountCertificate()
    const charted = await start()
    expect(admissions).toEqual([])
    expect(charted.server?.port).toBe(9443)
    expect(await charted.server?.certificate?.()).toMatchObject({ cert })
    expect(await charted.server?.answer('/elsewhere', '{"request":{}}')).toBeUndefined()
    await charted.stop()
  })
})
