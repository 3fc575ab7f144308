import { mkdirSync, readFileSync, statSync, symlinkSync, lstatSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { fakeCloud } from '../deploy/testing/fake-cloud.ts'
import { temporaryDirectory } from '../region/testing/test-region-parts.ts'
import type { AwsTarget, AwsTargetOptions } from './aws-target.ts'
import {
  farKubeconfigPath,
  farKubeconfigText,
  forgetFarKubeconfig,
  saveFarKubeconfig,
  userKubeconfigPath,
  type FarUser,
} from './kubeconfig.ts'

const cluster = { name: 'shop', endpoint: 'https://x.eks.amazonaws.com', certificateAuthorityData: 'Q0E=' }
const CONTEXT = 'alice@shop.eu-west-1.eksctl.io'

async function target(options: Partial<AwsTargetOptions> = {}): Promise<AwsTarget> {
  const { cloud } = await fakeCloud({})
  const callerArn = 'arn:aws:iam::111122223333:user/alice'
  return {
    cloud,
    account: { id: '111122223333', callerArn, partition: 'aws' },
    options: { region: 'eu-west-1', clock: new FakeClock(), ...options },
  }
}

// A machine that has the program, wherever the tests run.
function withAws(): FarUser['environment'] {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'aws'), '')
  return { PATH: directory }
}

async function user(options: Partial<AwsTargetOptions> = {}): Promise<FarUser> {
  return { target: await target(options), environment: withAws() }
}

interface Parsed {
  readonly clusters: readonly { readonly name: string }[]
  readonly users: readonly { readonly user: { readonly exec: Record<string, unknown> } }[]
  readonly 'current-context': string
}

function read(path: string): Parsed {
  // What the functions under test have written.
  return parse(readFileSync(path, 'utf8')) as Parsed
}

describe('the kubeconfig of a cluster on AWS', () => {
  it('gets its tokens from aws, by the profile and the role of the run, and holds no key', async () => {
    const options = { profile: 'work', roleArn: 'arn:aws:iam::111122223333:role/deployer' }
    const text = farKubeconfigText(cluster, await user(options))
    const parsed = parse(text) as Parsed
    expect(parsed['current-context']).toBe(CONTEXT)
    expect(parsed.users[0]?.user.exec).toMatchObject({
      command: 'aws',
      args: expect.arrayContaining([
        'get-token',
        'shop',
        'eu-west-1',
        '--role-arn',
        'arn:aws:iam::111122223333:role/deployer',
      ]),
      env: [{ name: 'AWS_PROFILE', value: 'work' }],
    })
    expect(text).not.toMatch(/AKIA|SECRET|secret/)
  })

  it('gets its tokens from this program where there is no aws', async () => {
    const options = { profile: 'work', endpoint: 'http://127.0.0.1:5000' }
    const text = farKubeconfigText(cluster, { target: await target(options), environment: {} })
    const exec = (parse(text) as Parsed).users[0]?.user.exec
    expect(exec).toMatchObject({ command: process.execPath, env: null })
    expect(String(exec?.['args'])).toMatch(
      /bin\/neargate.js,token,--target,aws,--cluster,shop,--region,eu-west-1,--profile,work,--endpoint-url,http:\/\/127.0.0.1:5000$/,
    )
  })

  it('is kept apart from that of near clusters', () => {
    expect(farKubeconfigPath({ NEARGATE_HOME: '/data' })).toBe('/data/kubeconfig-aws')
    expect(farKubeconfigPath({})).toBe(join(homedir(), '.neargate/kubeconfig-aws'))
  })

  it('goes into the file that kubectl writes to when that is asked for', () => {
    expect(userKubeconfigPath({ KUBECONFIG: '/a:/b' })).toBe('/a')
    expect(userKubeconfigPath({ KUBECONFIG: '' })).toBe(join(homedir(), '.kube/config'))
  })
})

describe('somebody’s own kubeconfig', () => {
  const OWN = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kind-dev', cluster: { server: 'https://127.0.0.1:1' } }],
    contexts: [{ name: 'kind-dev', context: { cluster: 'kind-dev', user: 'kind-dev' } }],
    users: [{ name: 'kind-dev', user: { token: 'mine' } }],
    'current-context': 'kind-dev',
    extensions: [{ name: 'kept' }],
  }

  it('keeps all that stood there, and loses the cluster again', async () => {
    const path = join(temporaryDirectory(), 'config')
    writeFileSync(path, JSON.stringify(OWN))
    const there = await target()
    saveFarKubeconfig(path, cluster, { target: there, environment: withAws() })
    expect(read(path)).toMatchObject({
      'current-context': CONTEXT,
      clusters: [{ name: 'kind-dev' }, { name: 'shop.eu-west-1.eksctl.io' }],
      extensions: [{ name: 'kept' }],
    })
    expect(statSync(path).mode & 0o077).toBe(0)
    forgetFarKubeconfig(path, 'shop', there)
    expect(read(path)).toMatchObject({ ...OWN, 'current-context': 'kind-dev' })
  })

  it('is left as it is when the cluster is not in it', async () => {
    const path = join(temporaryDirectory(), 'config')
    const text = JSON.stringify(OWN)
    writeFileSync(path, text)
    forgetFarKubeconfig(path, 'shop', await target())
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('stays the link that it is', async () => {
    const directory = temporaryDirectory()
    const [real, link] = [join(directory, 'real'), join(directory, 'kube', 'config')]
    writeFileSync(real, JSON.stringify(OWN))
    mkdirSync(join(directory, 'kube'))
    symlinkSync(real, link)
    saveFarKubeconfig(link, cluster, await user())
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(read(real).clusters).toHaveLength(2)
  })

  it.each(['[1]', '{clusters: 1}', '{'])('is not written over when it holds %s', async (text) => {
    const path = join(temporaryDirectory(), 'config')
    writeFileSync(path, text)
    const there = await target()
    expect(() => saveFarKubeconfig(path, cluster, { target: there, environment: withAws() })).toThrow(
      `${path} is no kubeconfig`,
    )
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})
