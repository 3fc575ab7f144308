// Runs the CDK from npm against a region of its own: bootstrap, deploy, diff, a changed deploy, drift, destroy. npm run test:cdk
import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  EKSClient,
  ListClustersCommand,
  UpdateNodegroupConfigCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks'

import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

import { runGuide } from '../support/guide-run.ts'
import { Playground, root, run } from '../support/program.ts'

// 200 MiB that only this test needs: they are not among the project's own dependencies.
const directory = mkdtempSync(join(tmpdir(), 'neargate-cdk-'))
const playground = new Playground()

async function passes(step: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now()
  await work()
  console.log(`✔ cdk ${step} ${((performance.now() - started) / 1000).toFixed(1)}s`)
}

try {
  cpSync(join(root, 'test/clients/cdk'), directory, { recursive: true })
  const install = [
    'install',
    '--prefix',
    directory,
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--silent',
  ]
  await passes('from npm', async () => {
    const { status, stderr } = await run('npm', install, process.env)
    strictEqual(status, 0, stderr)
  })
  const start = await playground.neargate('start', '--ephemeral')
  strictEqual(start.status, 0, start.stderr)
  const region = await playground.clientEnvironment()

  const program = join(directory, 'node_modules/aws-cdk/bin/cdk')
  const source = ['--app', `${process.execPath} ${join(directory, 'app.mjs')}`]
  /** Runs the CDK, over the app or over what it has made of it before. @returns what it printed, on both streams */
  const cdk = async (args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<string> => {
    const environment = { ...playground.environment, ...region, ...variables }
    const { status, stdout, stderr } = await run(process.execPath, [program, ...args], environment)
    strictEqual(status, 0, `cdk ${args.join(' ')}\n${stdout}\n${stderr}`)
    return stdout + stderr
  }
  const [first, second] = ['first', 'second'].map((name) => join(directory, name)) as [string, string]
  const deploy = ['deploy', '--require-approval', 'never', '--progress', 'events']

  await passes('bootstrap', async () => {
    const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL } = region
    const sts = new STSClient({
      endpoint: AWS_ENDPOINT_URL!,
      region: AWS_REGION!,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID!, secretAccessKey: AWS_SECRET_ACCESS_KEY! },
    })
    const { Account } = await sts.send(new GetCallerIdentityCommand({}))
    match(await cdk(['bootstrap', `aws://${Account}/${AWS_REGION}`]), /bootstrapped/)
  })
  await passes('deploy', async () => {
    const said = await cdk([...deploy, ...source, '--output', first])
    match(said, /AWS::CDK::Metadata/)
    match(said, /Workshop\.ClusterName = /)
  })
  await passes('deploy, nothing changed', async () => {
    match(await cdk([...deploy, '--app', first]), /no changes/)
  })
  await passes('diff', async () => {
    const changed = { MAX_NODES: '3', FARGATE_NAMESPACE: 'other' }
    const said = await cdk(['diff', ...source, '--output', second], changed)
    match(said, /\[~\] AWS::EKS::Nodegroup Nodes/)
    match(said, /AWS::EKS::FargateProfile Profile Profile replace/)
  })
  await passes('deploy, changed', async () => {
    const said = await cdk([...deploy, '--app', second])
    match(said, /UPDATE_COMPLETE\s*\| AWS::EKS::FargateProfile/)
    match(said, /DELETE_COMPLETE\s*\| AWS::EKS::FargateProfile/)
  })

  const eks = new EKSClient({
    endpoint: region['AWS_ENDPOINT_URL']!,
    region: region['AWS_REGION']!,
    credentials: {
      accessKeyId: region['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: region['AWS_SECRET_ACCESS_KEY']!,
    },
  })
  await passes('drift', async () => {
    match(await cdk(['drift', '--app', second]), /No drift detected/)
    const { clusters } = await eks.send(new ListClustersCommand({}))
    const clusterName = clusters?.[0]
    const { nodegroups } = await eks.send(new ListNodegroupsCommand({ clusterName }))
    const scalingConfig = { minSize: 1, desiredSize: 1, maxSize: 5 }
    await eks.send(
      new UpdateNodegroupConfigCommand({ clusterName, nodegroupName: nodegroups?.[0], scalingConfig }),
    )
    match(await cdk(['drift', '--app', second]), /AWS::EKS::Nodegroup Nodes/)
  })
  await passes('destroy', async () => {
    await cdk(['destroy', '--force', '--app', second])
    const { clusters } = await eks.send(new ListClustersCommand({}))
    deepStrictEqual(clusters, [])
  })
  await passes('the guide', async () => {
    const modules = join(directory, 'node_modules')
    const { status, said } = await runGuide('docs/guides/test-my-cdk-app.md', {
      paths: [join(modules, '.bin')],
      modules: { 'aws-cdk-lib': join(modules, 'aws-cdk-lib'), constructs: join(modules, 'constructs') },
    })
    strictEqual(status, 0, said)
  })
} finally {
  await playground.dispose()
  rmSync(directory, { recursive: true, force: true })
}
