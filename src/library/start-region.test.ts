import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { CreateRoleCommand, GetRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { startRegion, type Region, type RegionOptions } from './start-region.ts'
import { temporaryDirectory } from '../region/testing/test-region-parts.ts'

async function start(options?: RegionOptions): Promise<Region> {
  const region = await startRegion(options)
  onTestFinished(() => region.stop())
  return region
}

async function roleNames(
  { endpoint, region, credentials }: Region,
  made?: string,
): Promise<readonly string[]> {
  const client = new IAMClient({ endpoint, region, credentials })
  try {
    if (made !== undefined)
      await client.send(new CreateRoleCommand({ RoleName: made, AssumeRolePolicyDocument: TRUST }))
    const { Roles = [] } = await client.send(new ListRolesCommand({}))
    return Roles.map(({ RoleName = '' }) => RoleName).filter((name) => !name.startsWith('AWSServiceRole'))
  } finally {
    client.destroy()
  }
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

let temporary: string

beforeEach(() => {
  temporary = temporaryDirectory()
  vi.stubEnv('TMPDIR', temporary)
})

afterEach(() => vi.unstubAllEnvs())

describe('startRegion', () => {
  it('needs no options, and leaves nothing behind', async () => {
    const region = await start()
    expect(region).toMatchObject({ region: 'us-east-1', accountId: expect.stringMatching(/^\d{12}$/) })
    expect(await roleNames(region, 'made')).toEqual(['made'])
    expect(readdirSync(temporary)).toHaveLength(1)
    await region.stop()
    await region.stop()
    expect(readdirSync(temporary)).toEqual([])
    await expect(roleNames(region)).rejects.toThrow()
  })

  it('ends with the block that it is used in', async () => {
    let endpoint = ''
    {
      await using region = await startRegion({ region: 'eu-west-1' })
      endpoint = region.endpoint
      expect(region.env).toMatchObject({
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
      })
    }
    await expect(fetch(endpoint)).rejects.toThrow()
  })

  it('keeps what it holds in a directory that it was given', async () => {
    const directory = join(temporary, 'kept')
    const first = await start({ directory, region: 'eu-west-1' })
    await roleNames(first, 'kept')
    await first.stop()
    const again = await start({ directory })
    expect(again).toMatchObject({ region: 'eu-west-1', accountId: first.accountId })
    expect(await roleNames(again)).toEqual(['kept'])
  })

  it('runs beside others of the same process', async () => {
    const [one, two] = await Promise.all([start(), start({ region: 'eu-west-1' })])
    await roleNames(one, 'one')
    expect(await roleNames(two)).toEqual([])
    expect(one.accountId).not.toBe(two.accountId)
  })

  it('says what cannot be, and holds up nothing', async () => {
    await expect(startRegion({ region: 'mars-1' })).rejects.toMatchObject({
      name: 'UserError',
      message: 'the region mars-1 is not an AWS region',
    })
    const region = await start()
    const port = Number(new URL(region.endpoint).port)
    await expect(startRegion({ port })).rejects.toMatchObject({ name: 'UserError' })
    await region.stop()
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('faults', () => {
  it('lose the answer of a call that is refused, too', async () => {
    const faults = [{ operation: 'iam:GetRole', error: 'answer-lost' }] as const
    const { endpoint, region, credentials } = await start({ faults })
    const client = new IAMClient({ endpoint, region, credentials, maxAttempts: 1 })
    onTestFinished(() => client.destroy())
    const asked = client.send(new GetRoleCommand({ RoleName: 'none' }))
    await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})
