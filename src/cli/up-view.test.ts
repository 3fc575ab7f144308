import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import type { UpResult } from '../deploy/up-result.ts'
import { captured } from '../terminal/testing/captured.ts'
import type { OutputFlags } from './output.ts'
import { testApp } from './testing/test-app.ts'
import { showUp, type Place } from './up-view.ts'

const result: UpResult = {
  cluster: {
    name: 'workshop',
    endpoint: 'https://127.0.0.1:1',
    certificateAuthorityData: 'Q0E=',
    issuer: 'https://oidc',
    serviceCidr: '10.100.0.0/16',
    vpcId: 'vpc-1',
  },
  workloads: [
    {
      namespace: 'nginx-fargate',
      kind: 'Deployment',
      name: 'nginx',
      ready: 2,
      desired: 2,
      done: 'ready',
      compute: 'fargate',
      pods: [
        {
          name: 'nginx-a',
          node: 'fargate-ip-10-0-1-9.eu-west-1.compute.internal',
          ip: '10.0.1.9',
          capacity: '0.25vCPU 1GB',
        },
        {
          name: 'nginx-b',
          node: 'fargate-ip-10-0-2-9.eu-west-1.compute.internal',
          ip: '10.0.2.9',
          capacity: '0.25vCPU 1GB',
        },
      ],
    },
    {
      namespace: 'web',
      kind: 'Deployment',
      name: 'api',
      ready: 1,
      desired: 2,
      done: 'ready',
      compute: 'ec2',
      pods: [],
    },
  ],
  loadBalancers: [
    {
      namespace: 'web',
      service: 'api',
      hostname: 'a.elb',
      url: 'http://a.elb:4580',
      address: '127.66.3.9:80',
      healthyTargets: 2,
      httpStatus: 200,
    },
    {
      namespace: 'web',
      service: 'bare',
      hostname: 'b.elb',
      url: 'http://b.elb:4580',
      healthyTargets: 0,
      httpStatus: 0,
    },
  ],
  unchanged: false,
}

const place: Place = {
  region: 'eu-west-1',
  target: 'near',
  kubeconfig: '/tmp/kubeconfig',
  goOn: 'eval "$(npx neargate env)"',
}

describe('for programs', () => {
  const printed = async (flags: OutputFlags): Promise<string> => {
    const { app, out } = testApp()
    await showUp(app, result, { flags, place, seconds: 3.14159 })
    return out()
  }

  it('is the object that `up --json` promises', async () => {
    const text = await printed({ json: true })
    expect(JSON.parse(text)).toEqual({
      cluster: 'workshop',
      region: 'eu-west-1',
      target: 'near',
      kubeconfig: place.kubeconfig,
      workloads: result.workloads,
      loadBalancers: result.loadBalancers,
      unchanged: false,
      seconds: 3.142,
    })
  })

  it('tells nobody the certificate', async () => {
    expect(await printed({ json: true })).not.toContain('Q0E=')
  })

  it('is the same as YAML, and the names of what is there', async () => {
    expect(parse(await printed({ output: 'yaml' }))).toEqual(JSON.parse(await printed({ output: 'json' })))
    expect(await printed({ output: 'name' })).toBe(
      'deployment/nginx-fargate/nginx\ndeployment/web/api\nservice/web/api\nservice/web/bare\n',
    )
  })
})

describe('for a person', () => {
  const shown = async (outcome: UpResult = result): Promise<string[]> => {
    const { app, out } = testApp()
    await showUp(app, outcome, { flags: {}, place, seconds: 4.26 })
    return out().split('\n')
  }

  it('prints workloads and load balancers as tables', async () => {
    const lines = await shown()
    const cells = lines.map((line) => line.split(/\s{3,}/))
    expect(cells).toContainEqual(['NAMESPACE', 'WORKLOAD', 'READY', 'COMPUTE', 'NODES', 'SIZE'])
    expect(cells).toContainEqual([
      'nginx-fargate',
      'nginx',
      '2/2',
      'fargate',
      'fargate-ip-10-0-1-9, fargate-ip-10-0-2-9',
      '0.25vCPU 1GB',
    ])
    expect(cells).toContainEqual(['SERVICE', 'TARGETS', 'STATUS', 'URL', 'ADDRESS'])
    expect(cells).toContainEqual(['web/api', '2 healthy', '200', 'http://a.elb:4580', '127.66.3.9:80'])
  })

  it('tells Ingresses from Services', async () => {
    const ingress = {
      namespace: 'web',
      ingress: 'api',
      hostname: 'c.elb',
      url: 'http://c.elb:4580/',
      healthyTargets: 1,
      httpStatus: 404,
    }
    const lines = await shown({ ...result, loadBalancers: [...result.loadBalancers, ingress] })
    const cells = lines.map((line) => line.split(/\s{3,}/))
    expect(cells).toContainEqual(['SERVICE OR INGRESS', 'TARGETS', 'STATUS', 'URL', 'ADDRESS'])
    expect(cells).toContainEqual(['ingress web/api', '1 healthy', '404', 'http://c.elb:4580/', '-'])
  })

  it('does not pretend a status where there are no targets', async () => {
    expect((await shown()).map((line) => line.split(/\s{3,}/))).toContainEqual([
      'web/bare',
      'none',
      '-',
      'http://b.elb:4580',
      '-',
    ])
  })

  it('says whether anything was changed, and how to go on', async () => {
    expect(await shown()).toContain('cluster workshop is ready (4.3 s)')
    expect(await shown({ ...result, unchanged: true })).toContain(
      'cluster workshop is up to date, nothing was changed (4.3 s)',
    )
    expect((await shown()).join('\n')).toContain('eval "$(npx neargate env)"')
  })

  it('has no table where there is nothing to show', async () => {
    const text = (await shown({ ...result, workloads: [], loadBalancers: [] })).join('\n')
    expect(text).not.toContain('NAMESPACE')
    expect(text).not.toContain('SERVICE')
  })

  it('marks what is not as it should be', async () => {
    const { app } = testApp()
    const { terminal, out } = captured({ environment: { FORCE_COLOR: '1' } })
    await showUp({ ...app, terminal }, result, { flags: {}, place, seconds: 1 })
    expect(out()).toContain('\x1b[31m1/2\x1b[39m')
    expect(out()).toContain('\x1b[32m200\x1b[39m')
    expect(out()).toContain('\x1b[33mnone\x1b[39m')
  })
})
