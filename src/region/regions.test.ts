import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { createAwsClient } from '../aws/client/client.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { AdminClient } from './admin-client.ts'
import type { Home } from './home.ts'
import { runRegion, type RegionRun } from './region.ts'
import { temporaryHome } from './testing/test-region-parts.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

let home: Home

beforeEach(() => {
  home = temporaryHome()
})

async function start(region?: string): Promise<RegionRun> {
  const run = await runRegion({
    home,
    ephemeral: false,
    defaultRegion: 'us-east-1',
    ...(region === undefined ? {} : { region }),
    port: 0,
    pace: 0,
    startedBy: 'program',
    log: silentLog,
    clock: systemClock,
    environment: {},
  })
  onTestFinished(() => run.stop())
  return run
}

function clientOf({ endpoint, identity }: RegionRun, region: string): AwsCaller {
  return createAwsClient({ endpoint, region, credentials: async () => identity })
}

function adminOf(run: RegionRun, region: string): AdminClient {
  return new AdminClient(run, { ...run.identity, region })
}

async function vpcs(run: RegionRun, region: string): Promise<number> {
  const { Vpcs } = await clientOf(run, region).call<{ Vpcs: readonly object[] }>('ec2', 'DescribeVpcs', {})
  return Vpcs.length
}

describe('several regions of one directory', { timeout: 30_000 }, () => {
  it('are chosen by the signature, and hold nothing of each other', async () => {
    const run = await start('eu-west-1')
    await adminOf(run, 'us-west-2').addRegion()
    expect(await adminOf(run, 'us-west-2').regions()).toEqual(['eu-west-1', 'us-west-2'])
    const before = await vpcs(run, 'us-west-2')
    await clientOf(run, 'eu-west-1').call('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' })
    expect(await vpcs(run, 'us-west-2')).toBe(before)
    expect(await adminOf(run, 'us-west-2').status()).toMatchObject({ region: 'us-west-2', clusters: [] })
  })

  it('share IAM and STS', async () => {
    const run = await start('eu-west-1')
    await adminOf(run, 'us-west-2').addRegion()
    const role = { RoleName: 'reader', AssumeRolePolicyDocument: TRUST }
    await clientOf(run, 'us-west-2').call('iam', 'CreateRole', role)
    expect(await clientOf(run, 'eu-west-1').call('iam', 'GetRole', { RoleName: 'reader' })).toMatchObject({
      Role: { RoleName: 'reader' },
    })
    const who = (region: string) => clientOf(run, region).call('sts', 'GetCallerIdentity', {})
    expect(await who('us-west-2')).toEqual(await who('eu-west-1'))
  })

  it('are named to whoever asks for another one', async () => {
    const run = await start('eu-west-1')
    await expect(vpcs(run, 'us-west-2')).rejects.toThrow(
      "not 'us-west-2'. Near are: eu-west-1. Add it with: neargate start --region us-west-2",
    )
    await expect(adminOf(run, 'us-west-2').status()).rejects.toThrow(
      'there is no region us-west-2 here; there is: eu-west-1',
    )
    await expect(adminOf(run, 'mars-1').addRegion()).rejects.toThrow('mars-1')
  })

  it('are there again at the next start, beside the one asked for', async () => {
    const first = await start('eu-west-1')
    await adminOf(first, 'us-west-2').addRegion()
    await clientOf(first, 'us-west-2').call('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' })
    const count = await vpcs(first, 'us-west-2')
    await first.stop()
    const again = await start('ap-southeast-1')
    expect(again.identity.region).toBe('eu-west-1')
    expect(await adminOf(again, 'eu-west-1').regions()).toEqual(['eu-west-1', 'us-west-2', 'ap-southeast-1'])
    expect(await vpcs(again, 'us-west-2')).toBe(count)
  })
})
