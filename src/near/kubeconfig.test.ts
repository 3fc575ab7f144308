import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { temporaryDirectory, temporaryHome, testIdentity } from '../region/testing/test-region-parts.ts'
import { forgetKubeconfig, kubeconfigText, saveKubeconfig, type KubeconfigOptions } from './kubeconfig.ts'

interface Parsed {
  readonly 'current-context': string
  readonly clusters: readonly { readonly name: string; readonly cluster: Record<string, string> }[]
  readonly contexts: readonly { readonly name: string; readonly context: { cluster: string; user: string } }[]
  readonly users: readonly { readonly name: string; readonly user: { readonly exec: Exec } }[]
}

interface Exec {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[] | null
  readonly interactiveMode: string
}

const cluster = { name: 'workshop', endpoint: 'https://127.0.0.1:6443', certificateAuthorityData: 'Q0E=' }

function optionsWith(path = ''): KubeconfigOptions {
  return {
    home: temporaryHome(),
    identity: testIdentity,
    awsEndpoint: 'http://127.0.0.1:4566',
    environment: { PATH: path },
  }
}

function saved({ home }: KubeconfigOptions): Parsed {
  return parse(readFileSync(home.kubeconfig, 'utf8')) as Parsed
}

function execOf(text: string): Exec | undefined {
  return (parse(text) as Parsed).users[0]?.user.exec
}

describe('kubeconfigText', () => {
  it('has the names that eksctl gives', () => {
    const config = parse(kubeconfigText(cluster, optionsWith())) as Parsed
    expect(config).toMatchObject({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'iam-root-account@workshop.eu-west-1.eksctl.io',
      clusters: [
        {
          name: 'workshop.eu-west-1.eksctl.io',
          cluster: { server: cluster.endpoint, 'certificate-authority-data': 'Q0E=' },
        },
      ],
      contexts: [
        {
          name: 'iam-root-account@workshop.eu-west-1.eksctl.io',
          context: {
            cluster: 'workshop.eu-west-1.eksctl.io',
            user: 'iam-root-account@workshop.eu-west-1.eksctl.io',
          },
        },
      ],
    })
  })

  it('makes tokens itself where there is no aws', () => {
    const options = optionsWith(temporaryDirectory())
    const exec = execOf(kubeconfigText(cluster, options))
    expect(exec?.command).toBe(process.execPath)
    const [program = '', ...args] = exec?.args ?? []
    expect(existsSync(program)).toBe(true)
    expect(args).toEqual([
      'token',
      '--cluster',
      'workshop',
      '--region',
      'eu-west-1',
      '--data',
      options.home.directory,
    ])
    expect(exec?.apiVersion).toBe('client.authentication.k8s.io/v1beta1')
  })

  it('uses aws where it is on the PATH, against the near endpoint', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'aws'), '#!/bin/sh\n')
    chmodSync(join(directory, 'aws'), 0o755)
    const exec = execOf(kubeconfigText(cluster, optionsWith(`/nowhere::${directory}`)))
    expect(exec).toMatchObject({
      command: 'aws',
      args: ['eks', 'get-token', '--output', 'json', '--cluster-name', 'workshop', '--region', 'eu-west-1'],
      env: [
        { name: 'AWS_ENDPOINT_URL', value: 'http://127.0.0.1:4566' },
        { name: 'AWS_ACCESS_KEY_ID', value: testIdentity.accessKeyId },
        { name: 'AWS_SECRET_ACCESS_KEY', value: testIdentity.secretAccessKey },
      ],
    })
  })
})

describe('saveKubeconfig', () => {
  it('adds clusters and makes the last one current', () => {
    const options = optionsWith()
    saveKubeconfig(cluster, options)
    saveKubeconfig({ ...cluster, name: 'second' }, options)
    const config = saved(options)
    expect(config.clusters.map(({ name }) => name)).toEqual([
      'workshop.eu-west-1.eksctl.io',
      'second.eu-west-1.eksctl.io',
    ])
    expect(config.users).toHaveLength(2)
    expect(config['current-context']).toBe('iam-root-account@second.eu-west-1.eksctl.io')
  })

  it('replaces what it knew of a cluster', () => {
    const options = optionsWith()
    saveKubeconfig(cluster, options)
    saveKubeconfig({ ...cluster, endpoint: 'https://127.0.0.1:7443' }, options)
    expect(saved(options).clusters.map((entry) => entry.cluster['server'])).toEqual([
      'https://127.0.0.1:7443',
    ])
  })

  it('keeps it to the owner: there may be keys in it', () => {
    const options = optionsWith()
    saveKubeconfig(cluster, options)
    expect(statSync(options.home.kubeconfig).mode & 0o777).toBe(0o600)
  })
})

describe('forgetKubeconfig', () => {
  it('takes the cluster out, and leaves another one current', () => {
    const options = optionsWith()
    saveKubeconfig(cluster, options)
    saveKubeconfig({ ...cluster, name: 'second' }, options)
    forgetKubeconfig('second', options)
    const config = saved(options)
    for (const list of [config.clusters, config.contexts, config.users]) expect(list).toHaveLength(1)
    expect(config['current-context']).toBe('iam-root-account@workshop.eu-west-1.eksctl.io')
    forgetKubeconfig('workshop', options)
    expect(saved(options)).toMatchObject({ clusters: [], contexts: [], users: [], 'current-context': '' })
  })

  it('does not take a cluster for one whose name ends the same', () => {
    const options = optionsWith()
    saveKubeconfig(cluster, options)
    saveKubeconfig({ ...cluster, name: 'shop' }, options)
    forgetKubeconfig('shop', options)
    expect(saved(options).contexts.map(({ name }) => name)).toEqual([
      'iam-root-account@workshop.eu-west-1.eksctl.io',
    ])
    expect(saved(options).clusters.map(({ name }) => name)).toEqual(['workshop.eu-west-1.eksctl.io'])
  })

  it('makes no file where there was none', () => {
    const options = optionsWith()
    forgetKubeconfig('workshop', options)
    expect(existsSync(options.home.kubeconfig)).toBe(false)
  })
})
