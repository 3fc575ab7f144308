import { describe, expect, it } from 'vitest'

import { AwsError } from '../base/errors.ts'
import {
  handleAdmin,
  type AdminOperations,
  type AdminRequest,
  type NetworkRequest,
  type RegionOperations,
  type RegionStatus,
} from './admin.ts'

const status: RegionStatus = {
  region: 'eu-west-1',
  accountId: '111122223333',
  dns: '127.0.0.1:4569',
  pid: 7,
  memoryMiB: 100,
  clusters: [],
  loadBalancers: [],
}
const network: NetworkRequest = { subnets: [{ id: 'subnet-a', zone: 'eu-west-1a', public: false }] }

function operations(more: Partial<RegionOperations> = {}) {
  const asked: unknown[] = []
  const region: RegionOperations = {
    status: () => status,
    prepareNetwork: async (request) => {
      asked.push(request)
      return { vpcId: 'vpc-1', created: true }
    },
    ...more,
  }
  const served: AdminOperations = {
    prove: (nonce) => (nonce === 'good' ? 'proof of good' : undefined),
    regions: () => ['eu-west-1'],
    addRegion: async (name) => void asked.push(name),
    setFaults: async (text, name) => void asked.push({ text, name }),
    of: (name = 'eu-west-1') => {
      if (name !== 'eu-west-1') throw new AwsError('NotFound', `no ${name}`, { status: 404 })
      return region
    },
  }
  return { asked, served }
}

async function ask(request: Partial<AdminRequest>, more: Partial<RegionOperations> = {}) {
  const { asked, served } = operations(more)
  const whole = { method: 'GET', path: 'status', authorization: 'Bearer secret', body: '', ...request }
  const { status: code, body } = await handleAdmin(served, 'secret', whole)
  return { code, answer: JSON.parse(body) as Record<string, unknown>, asked }
}

describe('handleAdmin', () => {
  it('tells the status', async () => {
    expect(await ask({})).toMatchObject({ code: 200, answer: status })
  })

  it('proves itself to whoever asks, and gives nothing else away', async () => {
    const stranger = { authorization: undefined, path: 'proof?nonce=good' }
    expect(await ask(stranger)).toMatchObject({ code: 200, answer: { proof: 'proof of good' } })
    expect(await ask({ ...stranger, path: 'proof?nonce=bad' })).toMatchObject({ code: 400 })
    expect(await ask({ ...stranger, path: 'proof' })).toMatchObject({ code: 401 })
    expect(await ask({ ...stranger, method: 'PUT' })).toMatchObject({ code: 401 })
  })

  it('asks the region that is named', async () => {
    expect(await ask({ path: 'regions' })).toMatchObject({ code: 200, answer: { regions: ['eu-west-1'] } })
    expect(await ask({ path: 'regions/eu-west-1/status' })).toMatchObject({ code: 200, answer: status })
    expect(await ask({ path: 'regions/us-west-2/status' })).toMatchObject({
      code: 404,
      answer: { message: 'no us-west-2' },
    })
    expect(await ask({ method: 'PUT', path: 'regions/us-west-2' })).toMatchObject({ asked: ['us-west-2'] })
  })

  it('prepares a network', async () => {
    const answered = await ask({ method: 'PUT', path: 'network', body: JSON.stringify(network) })
    expect(answered).toEqual({ code: 200, answer: { vpcId: 'vpc-1', created: true }, asked: [network] })
  })

  it('takes what is to go wrong', async () => {
    const faults = { text: 'faults: []', name: 'faults.yaml' }
    const body = JSON.stringify(faults)
    expect(await ask({ method: 'PUT', path: 'faults', body })).toMatchObject({ code: 200, asked: [faults] })
    expect(await ask({ method: 'PUT', path: 'faults', body: '{}' })).toMatchObject({ code: 400, asked: [] })
  })

  it.each([undefined, '', 'secret', 'Bearer secre', 'Bearer secrets', 'Bearer Secret', 'Basic secret'])(
    'does nothing for the authorization %j',
    async (authorization) => {
      const body = JSON.stringify(network)
      expect(await ask({ method: 'PUT', path: 'network', body, authorization })).toEqual({
        code: 401,
        answer: { message: 'the token is missing or wrong' },
        asked: [],
      })
    },
  )

  it.each([
    ['GET', 'nothing'],
    ['POST', 'status'],
    ['GET', 'network'],
    ['GET', ''],
  ])('has no %s %s', async (method, path) => {
    expect(await ask({ method, path })).toMatchObject({
      code: 404,
      answer: { message: `there is no ${method} /_neargate/${path}` },
    })
  })

  it.each(['', '{', 'null', '[]', '{}', '{"subnets": "subnet-a"}'])('refuses the body %j', async (body) => {
    const answered = await ask({ method: 'PUT', path: 'network', body })
    expect(answered).toMatchObject({ code: 400, asked: [] })
    expect(answered.answer['message']).not.toBe('')
  })

  it('passes on what AWS would say, with its status', async () => {
    const refuse = () => Promise.reject(new AwsError('InvalidZone', 'there is no zone x', { status: 400 }))
    const request = { method: 'PUT', path: 'network', body: JSON.stringify(network) }
    expect(await ask(request, { prepareNetwork: refuse })).toMatchObject({
      code: 400,
      answer: { message: 'there is no zone x' },
    })
  })

  it('answers a defect of its own with 500', async () => {
    const fail = () => {
      throw new TypeError('x is not a function')
    }
    expect(await ask({}, { status: fail })).toMatchObject({
      code: 500,
      answer: { message: 'x is not a function' },
    })
  })
})
