// Owns where a load balancer controller is tried: a region with a cluster, its clients, and what all cases share.
import { deepStrictEqual, strictEqual } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ACMClient, ImportCertificateCommand } from '@aws-sdk/client-acm'
import { CreateSecurityGroupCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'

import { createAuthority, issueServerCertificate } from '../../src/base/certificate-authority.ts'
import { systemClock } from '../../src/base/clock.ts'
import { randomIds } from '../../src/base/ids.ts'
import { eventually } from '../support/poll.ts'
import { Playground, root, run } from '../support/program.ts'
import { realClient, type RealClient } from '../support/real-clients.ts'
import type { KubernetesObject } from './cases.ts'
import type { Suite } from './suites.ts'

export const CLUSTER = 'side-by-side'
export const REGION = 'eu-central-1'

/** A region in which a controller is tried, with nothing of a controller in it. */
export interface Setting {
  readonly suite: Suite
  readonly environment: NodeJS.ProcessEnv
  readonly ec2: EC2Client
  readonly elbv2: ElasticLoadBalancingV2Client
  readonly vpcId: string
  /** Stands where cases have `$CERTIFICATE`. */
  readonly certificateArn: string
  /** Runs a client to its end. @throws AssertionError unless it succeeds */
  call(client: RealClient, ...args: string[]): Promise<string>
  /** Applies objects. @returns what was refused, a line each */
  apply(objects: readonly KubernetesObject[]): Promise<readonly string[]>
  dispose(): Promise<void>
}

/** A role for the controller: then `up` installs it. */
const ACCOUNT = `
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: aws-load-balancer-controller, namespace: kube-system }
      wellKnownPolicies: { awsLoadBalancerController: true }
`

/** Starts a region and its cluster, with pods behind what the cases select; with the built-in controller or none. */
export async function makeSetting(controller: 'built-in' | 'none', suite: Suite): Promise<Setting> {
  const playground = new Playground()
  const config = join(playground.home, 'cluster.yaml')
  const common = readFileSync(join(root, 'test/load-balancers/cluster.yaml'), 'utf8')
  writeFileSync(config, controller === 'built-in' ? common + ACCOUNT : common)
  const definitions = join(playground.home, 'definitions.json')
  writeFileSync(definitions, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: suite.definitions }))
  const files = suite.definitions.length > 0 ? [config, definitions] : [config]
  const up = await playground.neargate('up', ...files)
  strictEqual(up.status, 0, up.stderr)
  const environment: NodeJS.ProcessEnv = {
    ...playground.environment,
    ...(await playground.clientEnvironment()),
    HOME: playground.home,
  }
  const options = {
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: REGION,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  }
  const call = async (client: RealClient, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(realClient(client), args, environment)
    strictEqual(status, 0, `${client} ${args.join(' ')}\n${stderr}`)
    return stdout.trim()
  }
  const certificateArn = await importCertificate(new ACMClient(options))
  const apply = async (objects: readonly KubernetesObject[]): Promise<readonly string[]> => {
    const path = join(playground.home, 'objects.json')
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    writeFileSync(path, text.replaceAll('$CERTIFICATE', certificateArn))
    const { stderr } = await run(realClient('kubectl'), ['apply', '-f', path], environment)
    return stderr.split('\n').filter((line) => /^error/i.test(line))
  }
  const ec2 = new EC2Client(options)
  const vpcId = await vpcOf(ec2)
  await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: 'front',
      Description: 'Given to load balancers',
      VpcId: vpcId,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'Name', Value: 'front' }] }],
    }),
  )
  const refused = await apply([...suite.namespaces.flatMap(inNamespace), ...suite.objects])
  deepStrictEqual(refused, [])
  for (const namespace of suite.namespaces)
    await call('kubectl', 'rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=60s')
  await labelNode(call)
  return {
    suite,
    environment,
    ec2,
    elbv2: new ElasticLoadBalancingV2Client(options),
    vpcId,
    certificateArn,
    call,
    apply,
    dispose: () => playground.dispose(),
  }
}

async function vpcOf(ec2: EC2Client): Promise<string> {
  const Filters = [{ Name: 'tag:alpha.eksctl.io/cluster-name', Values: [CLUSTER] }]
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters }))
  return Vpcs[0]?.VpcId ?? ''
}

async function importCertificate(acm: ACMClient): Promise<string> {
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await createAuthority('side by side', sources)
  const { cert, key } = await issueServerCertificate(authority, ['found.example.com'], sources)
  const { CertificateArn = '' } = await acm.send(
    new ImportCertificateCommand({ Certificate: Buffer.from(cert), PrivateKey: Buffer.from(key) }),
  )
  return CertificateArn
}

function inNamespace(namespace: string): KubernetesObject[] {
  const labels = { app: 'web' }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { name: 'web', image: 'nginx:1.29', ports: [{ name: 'http', containerPort: 8080 }] },
            ],
          },
        },
      },
    },
  ]
}

async function labelNode(call: Setting['call']): Promise<void> {
  const names = await eventually(async () => {
    const found = (
      await call('kubectl', 'get', 'nodes', '-l', 'alpha.eksctl.io/nodegroup-name=nodes', '-o', 'name')
    ).split('\n')
    return found.length === 2 ? found.toSorted() : undefined
  }, 'two nodes')
  await call('kubectl', 'label', names[0] ?? '', 'side=left')
}
