import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { dockerKeys, type Environment } from './docker-config.ts'

let directory = ''
let environment: Environment = {}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'neargate-docker-'))
  environment = { DOCKER_CONFIG: directory, PATH: `${directory}${delimiter}${process.env['PATH']}` }
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function configure(config: object): Promise<void> {
  await writeFile(join(directory, 'config.json'), JSON.stringify(config))
}

async function helper(name: string, script: string): Promise<void> {
  const path = join(directory, `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\nread server\n${script}\n`)
  await chmod(path, 0o755)
}

const inFile = { 'r.io': { auth: Buffer.from('file:secret').toString('base64') } }
const ofFile = { username: 'file', password: 'secret', serverAddress: 'r.io' }

describe('keys of docker login', () => {
  it('are those of its file', async () => {
    await configure({ auths: inFile })
    expect(await dockerKeys(environment, 'r.io/web:1')).toEqual([ofFile])
    expect(await dockerKeys(environment, 'nginx')).toEqual([])
  })

  it.each([[{ credHelpers: { 'r.io': 'good' }, credsStore: 'bad' }], [{ credsStore: 'good' }]])(
    'are those of the helper that it names: %j',
    async (config) => {
      await configure({ ...config, auths: inFile })
      await helper(
        'good',
        `printf '{"ServerURL":"%s","Username":"AWS","Secret":"of %s"}' "$server" "$server"`,
      )
      expect(await dockerKeys(environment, 'r.io/web:1')).toEqual([
        { username: 'AWS', password: 'of r.io', serverAddress: 'r.io' },
      ])
    },
  )

  it('are those of its file where the helper has none', async () => {
    await configure({ credsStore: 'empty', auths: inFile })
    await helper('empty', 'echo credentials not found in native keychain; exit 1')
    expect(await dockerKeys(environment, 'r.io/web:1')).toEqual([ofFile])
  })

  it('are an error that says why where the helper fails', async () => {
    await configure({ credsStore: 'broken' })
    await helper('broken', 'echo the keychain is locked; exit 1')
    const refused = { code: 'ImageNotFound', message: 'error getting credentials: the keychain is locked' }
    await expect(dockerKeys(environment, 'r.io/web:1')).rejects.toMatchObject(refused)
  })

  it('are none where nobody has logged in', async () => {
    expect(await dockerKeys(environment, 'r.io/web:1')).toEqual([])
    await writeFile(join(directory, 'config.json'), '{')
    expect(await dockerKeys(environment, 'r.io/web:1')).toEqual([])
  })

  it('are below the home of the user unless DOCKER_CONFIG says where', async () => {
    await mkdir(join(directory, '.docker'))
    await writeFile(join(directory, '.docker/config.json'), JSON.stringify({ auths: inFile }))
    expect(await dockerKeys({ HOME: directory }, 'r.io/web:1')).toEqual([ofFile])
  })
})
