// Owns the clients of the caller's AWS SDK that a region of the library hands out.

/** What each client is made with. */
export interface ClientConfiguration {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** S3's: buckets in the path, as their host names would not be found. Other clients don't know it. */
  readonly forcePathStyle: true
}

/** The class of a client of the AWS SDK for JavaScript v3, of whatever version the caller has. */
export type ClientClass<Client extends object> = new (configuration: ClientConfiguration) => Client

export interface RegionClients extends Disposable {
  /** The client of this class: the same one each time. */
  of<Client extends object>(Client: ClientClass<Client>): Client
}

/** Makes clients when they are first asked for; disposing closes their connections. */
export function regionClients(options: Omit<ClientConfiguration, 'forcePathStyle'>): RegionClients {
  const made = new Map<ClientClass<object>, object>()
  return {
    of<Client extends object>(Client: ClientClass<Client>): Client {
      const known = made.get(Client)
      if (known instanceof Client) return known
      const client = new Client({ ...options, forcePathStyle: true })
      made.set(Client, client)
      return client
    },
    [Symbol.dispose]() {
      for (const client of made.values()) if (isClosable(client)) client.destroy()
      made.clear()
    },
  }
}

function isClosable(client: object): client is { destroy(): void } {
  return 'destroy' in client && typeof client.destroy === 'function'
}
