// The walkthrough's own files, unchanged: a retired version, no OIDC, the controller with the role of its nodes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Playground, type Finished } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const files = 'test/fixtures/walkthrough'
const playground = new Playground()
let up: Finished

async function kubectl(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await playground.client(realClient('kubectl'), ...args)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout
}

beforeAll(async () => {
  up = await playground.neargate('up', files, '--timeout', '20')
}, 60_000)

afterAll(() => playground.dispose())

describe('the original walkthrough', () => {
  it('comes up, with a warning that its version is retired', () => {
    expect(up).toMatchObject({ status: 0 })
    const text = up.stdout.replaceAll(/\s+/g, ' ')
    expect(text).toMatch(
      /warning version-retired test\/fixtures\/walkthrough\/eks-private-subnet\.yaml:7:\d+/,
    )
    expect(text).toContain('EKS retired Kubernetes 1.28 on 2025-11-26')
    expect(text).toMatch(/service-nginx-ec2nodegroup 2 healthy 200 http:/)
  })

  it('is warned of and no more than that by plan', async () => {
    const { status, stdout } = await playground.neargate('plan', files, '--json')
    expect(status).toBe(0)
    const { problems } = JSON.parse(stdout) as { problems: { code: string; severity: string }[] }
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning version-retired'])
  })

  it('runs v1.28 on server and nodes', async () => {
    const { serverVersion } = JSON.parse(await kubectl('version', '-o', 'json')) as {
      serverVersion: { major: string; minor: string; gitVersion: string }
    }
    expect(serverVersion).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\.28\.\d+-eks-/),
    })
    expect(serverVersion.minor).toMatch(/^28/)
    const nodes = await kubectl('get', 'nodes')
    expect(nodes.match(/^ip-\S+\s+Ready\s+<none>\s+\S+\s+v1\.28\.\d+-eks-\w+$/gm)).toHaveLength(2)
  })

  it('lets the controller act with the role of its node, having no other', async () => {
    const account = await kubectl(
      'get',
      'serviceaccount',
      'aws-load-balancer-controller',
      '-n',
      'kube-system',
      '-o',
      'jsonpath={.metadata.annotations}',
    )
    expect(account).not.toContain('eks.amazonaws.com/role-arn')
  })
})
