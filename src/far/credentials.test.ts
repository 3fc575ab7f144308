import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
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
      'the profile admin asks for a code of arn:aws:iam::111122223333:mfa/alice, and nobody is there to type it',
    )
  })

  it('takes nothing but the profile that is named, and says which there are', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'env-secret')
    await expect(credentialSource({ ...options, profile: 'wrok' })()).rejects.toMatchObject({
      message: 'no AWS credentials: there is no profile wrok in ~/.aws',
      help: 'There are: admin, work.',
    })
  })
})

/** A profile of its own in a file of its own. */
function profile(...lines: readonly string[]): string {
  const directory = temporaryDirectory()
  const config = join(directory, 'config')
  writeFileSync(config, lines.join('\n'))
  vi.stubEnv('AWS_CONFIG_FILE', config)
  return directory
}

/** A session of SSO as `aws sso login` leaves it. */
function signedIn(home: string, expiresMs: number): void {
  const cache = join(home, '.aws', 'sso', 'cache')
  mkdirSync(cache, { recursive: true })
  const name = createHash('sha1').update('corp').digest('hex')
  const expiresAt = new Date(expiresMs).toISOString()
  writeFileSync(join(cache, `${name}.json`), JSON.stringify({ accessToken: 'signed-in', expiresAt }))
}

describe('credentials from elsewhere', () => {
  let server: Server
  let asked: { url: string; body: string; token: string | undefined }[]
  let answer: [type: string, body: string]

  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const token = request.headers['x-amz-sso_bearer_token']
        asked.push({ url: request.url ?? '', body, token: token?.toString() })
        response.writeHead(200, { 'content-type': answer[0] }).end(answer[1])
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(() => {
    server.close()
  })

  const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  it('come by the token of an SSO session that has been signed in to', async () => {
    const home = profile(
      '[sso-session corp]',
      'sso_start_url = https://corp.awsapps.com/start',
      'sso_region = us-east-1',
      '[profile sso]',
      'sso_session = corp',
      'sso_account_id = 111122223333',
      'sso_role_name = Admin',
    )
    vi.stubEnv('HOME', home)
    vi.stubEnv('AWS_ENDPOINT_URL_SSO', endpoint())
    signedIn(home, Date.now() + 3_600_000)
    const expiration = Date.now() + 3_600_000
    const roleCredentials = { accessKeyId: 'ASIASSO', secretAccessKey: 's', sessionToken: 't', expiration }
    answer = ['application/json', JSON.stringify({ roleCredentials })]
    expect(await credentialSource({ ...options, profile: 'sso' })()).toMatchObject({ accessKeyId: 'ASIASSO' })
    expect(asked).toMatchObject([
      { url: '/federation/credentials?account_id=111122223333&role_name=Admin', token: 'signed-in' },
    ])
  })

  it('say how to sign in when the session has none', async () => {
    const home = profile(
      '[sso-session corp]',
      'sso_start_url = https://corp.awsapps.com/start',
      'sso_region = us-east-1',
      '[profile sso]',
      'sso_session = corp',
      'sso_account_id = 111122223333',
      'sso_role_name = Admin',
    )
    vi.stubEnv('HOME', home)
    const ask = credentialSource({ ...options, profile: 'sso' })
    const help = 'Sign in again: aws sso login --profile sso'
    await expect(ask()).rejects.toMatchObject({
      message:
        'no AWS credentials of the profile sso: The SSO session token associated with profile=sso was not found or is invalid.',
      help,
    })
    signedIn(home, Date.now() - 1000)
    await expect(ask()).rejects.toMatchObject({
      message: 'no AWS credentials of the profile sso: the SSO session has expired.',
      help,
    })
  })

  it('ask for the code of a device once, however many want them', async () => {
    profile(
      '[profile admin]',
      'role_arn = arn:aws:iam::111122223333:role/admin',
      'source_profile = work',
      'mfa_serial = arn:aws:iam::111122223333:mfa/alice',
    )
    answer = ['text/xml', assumed(3)]
    const askMfaCode = vi.fn(async () => '123456')
    const ask = credentialSource({ ...options, profile: 'admin', endpoint: endpoint(), askMfaCode })
    expect(await Promise.all([ask(), ask(), ask()])).toMatchObject(
      Array.from({ length: 3 }, () => ({ accessKeyId: 'ASIA3' })),
    )
    expect(askMfaCode.mock.calls).toEqual([['arn:aws:iam::111122223333:mfa/alice']])
    // The endpoint of the run has it, and no other.
    expect(asked.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toMatchObject([
      {
        Action: 'AssumeRole',
        RoleSessionName: 'neargate',
        SerialNumber: 'arn:aws:iam::111122223333:mfa/alice',
        TokenCode: '123456',
      },
    ])
  })

  it('come for the token of a job', async () => {
    const file = join(temporaryDirectory(), 'token')
    writeFileSync(file, 'a.b.c')
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file)
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::111122223333:role/ci')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', endpoint())
    answer = ['text/xml', assumed(7).replaceAll('AssumeRole', 'AssumeRoleWithWebIdentity')]
    expect(await credentialSource(options)()).toMatchObject({ accessKeyId: 'ASIA7', sessionToken: 'token-7' })
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: 'arn:aws:iam::111122223333:role/ci',
      RoleSessionName: 'neargate',
      WebIdentityToken: 'a.b.c',
    })
  })

  it('come from a process, again when they end', async () => {
    const directory = temporaryDirectory()
    const script = join(directory, 'credentials.mjs')
    writeFileSync(
      script,
      `import { appendFileSync, readFileSync } from 'node:fs'
       const calls = new URL('calls', import.meta.url)
       appendFileSync(calls, '.')
       const Expiration = new Date(Date.now() + 3_600_000).toISOString()
       const AccessKeyId = 'ASIA' + readFileSync(calls, 'utf8').length
       console.log(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey: 's', SessionToken: 't', Expiration }))`,
    )
    profile('[profile process]', `credential_process = ${process.execPath} ${script}`)
    // The process goes by the time of the machine.
    const now = new FakeClock(Date.now())
    const ask = credentialSource({ ...options, clock: now, profile: 'process' })
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA1' })
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA1' })
    await now.advance(56 * 60_000)
    expect(await ask()).toMatchObject({ accessKeyId: 'ASIA2' })
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
