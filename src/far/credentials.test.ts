import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { temporaryDirectory } from '../region/testing/test-region-parts.ts'
import { credentialSource, type CredentialOptions } from './credentials.ts'

const clock = new FakeClock(Date.UTC(2026, 0, 1))
const options: CredentialOptions = { region: 'eu-west-1', clock }

beforeEach(() => {
  const directory = temporaryDirectory()
  const config = join(directory, 'config')
  const credentials = join(directory, 'credentials')
  writeFileSync(
    config,
    [
      '[profile admin]',
      'role_arn = arn:aws:iam::111122223333:role/admin',
      'source_profile = work',
      'mfa_serial = arn:aws:iam::111122223333:mfa/alice',
    ].join('\n'),
  )
  writeFileSync(credentials, '[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = work-secret\n')
  vi.stubEnv('AWS_CONFIG_FILE', config)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('credentialSource', () => {
  it('takes those of the environment first', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'env-secret')
    vi.stubEnv('AWS_SESSION_TOKEN', 'env-token')
    expect(await credentialSource(options)()).toMatchObject({
      accessKeyId: 'AKIAENV',
      secretAccessKey: 'env-secret',
      sessionToken: 'env-token',
    })
  })

  it('takes those of a profile that is named, whatever the environment says', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'env-secret')
    expect(await credentialSource({ ...options, profile: 'work' })()).toMatchObject({
      accessKeyId: 'AKIAWORK',
    })
  })

  it('says how to sign in when there are none', async () => {
    await expect(credentialSource(options)()).rejects.toMatchObject({
      message: 'no AWS credentials: Could not load credentials from any providers',
      help: expect.stringContaining('aws sso login'),
    })
  })

  it('says so when a profile wants an MFA code and nobody is there to type it', async () => {
    await expect(credentialSource({ ...options, profile: 'admin' })()).rejects.toThrow(
      'no AWS credentials of the profile admin: Profile admin requires multi-factor authentication',
    )
  })
})

describe('a role on top', () => {
  let server: Server
  let asked: string[]
  let isRefused: boolean

  beforeEach(async () => {
    asked = []
    isRefused = false
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        asked.push(body)
        response.writeHead(isRefused ? 403 : 200, { 'content-type': 'text/xml' })
        response.end(isRefused ? REFUSAL : assumed(asked.length))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'env-secret')
  })

  afterEach(() => {
    server.close()
  })

  const source = (): ReturnType<typeof credentialSource> =>
    credentialSource({
      ...options,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      roleArn: 'arn:aws:iam::111122223333:role/deployer',
    })

  it('is assumed once, and again shortly before it expires', async () => {
    const ask = source()
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA1', sessionToken: 'token-1' })
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA1' })
    await clock.advance(56 * 60_000)
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA2' })
    const [first = ''] = asked
    expect(Object.fromEntries(new URLSearchParams(first))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: 'arn:aws:iam::111122223333:role/deployer',
      RoleSessionName: 'neargate',
    })
  })

  it('is asked for again after a refusal', async () => {
    const ask = source()
    isRefused = true
    await expect(ask()).rejects.toThrow('is not authorized to perform: sts:AssumeRole')
    isRefused = false
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA2' })
  })
})

const REFUSAL = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`

function assumed(count: number): string {
  const expires = new Date(clock.now() + 3_600_000).toISOString()
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA${count}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token-${count}</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
}
