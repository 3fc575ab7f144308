import { describe, expect, it } from 'vitest'

import { regionClients } from './clients.ts'

const options = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
}

class Client {
  isOpen = true
  readonly configuration: object
  constructor(configuration: object) {
    this.configuration = configuration
  }
  destroy(): void {
    this.isOpen = false
  }
}

class OtherClient extends Client {}

describe('clients of a region', () => {
  it('are made once a class, set to the region', () => {
    using clients = regionClients(options)
    const client = clients.of(Client)
    expect(client.configuration).toEqual({ ...options, forcePathStyle: true })
    expect(clients.of(Client)).toBe(client)
    expect(clients.of(OtherClient)).not.toBe(client)
    expect(clients.of(OtherClient)).toBeInstanceOf(OtherClient)
  })

  it('are closed with it, those that can be', () => {
    const clients = regionClients(options)
    clients.of(Date)
    const client = clients.of(Client)
    clients[Symbol.dispose]()
    expect(client.isOpen).toBe(false)
  })
})
