// Owns the regions that moto's tests are given: an empty account for each test, and a region of it for each that it names.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { FaultInjector } from '../../../src/aws/faults/injector.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { randomIds } from '../../../src/base/ids.ts'
import { UserError } from '../../../src/base/errors.ts'
import type { Log } from '../../../src/base/log.ts'
import { assemble, type Assembled } from '../../../src/region/assemble.ts'
import { openEvents } from '../../../src/store/sqlite-events.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'

/** The account that moto's tests are written for. */
const ACCOUNT = '123456789012'
const TOKEN = 'moto'

/** What the tests' clients are told. */
interface Place {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

interface Account {
  readonly assembled: Assembled
  readonly parts: AsyncDisposableStack
}

/** Serves `POST /region/NAME`, which answers where the region is, and `POST /reset`, which answers what went wrong there. */
export async function serveRegions(): Promise<{ port: number; server: Server }> {
  const faults: string[] = []
  const log = faultLog(faults)
  let account: Promise<Account> | undefined
  const answer = async (url: string): Promise<Place | readonly string[]> => {
    const [, verb, name = ''] = url.split('/')
    if (verb === 'region') {
      account ??= openAccount(name, log)
      return placeOf(await account, name)
    }
    const ended = await account
    account = undefined
    // The next test need not wait for the end of this one's account.
    ended?.parts.disposeAsync().catch((error: unknown) => faults.push(String(error)))
    return faults.splice(0)
  }
  const server = createServer((request, response) => {
    request.resume()
    answer(request.url ?? '').then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        response.statusCode = 500
        response.end(String(error))
      },
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server that listens on a port has an address of this shape.
  return { port: (server.address() as AddressInfo).port, server }
}

function faultLog(faults: string[]): Log {
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message, fields) => void faults.push(`${message} ${JSON.stringify(fields, errorsShown)}`),
    with: () => log,
  }
  return log
}

function errorsShown(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}

async function openAccount(region: string, log: Log): Promise<Account> {
  const parts = new AsyncDisposableStack()
  const assembled = await assemble(
    {
      store: createMemoryStore(),
      events: await openEvents(':memory:'),
      identity: { region, accountId: ACCOUNT, adminToken: TOKEN, ephemeral: true },
      region: undefined,
      directory: undefined,
      clock: systemClock,
      ids: randomIds,
      log,
      pace: 0,
      faults: new FaultInjector(systemClock),
      engine: undefined,
      builtins: 'auto',
      keepsContainers: () => false,
      ports: { aws: 0, issuers: 0, names: 0, edge: 0, dns: 0 },
      awsNames: undefined,
      prove: () => undefined,
    },
    parts,
  )
  return { assembled, parts }
}

async function placeOf({ assembled }: Account, name: string): Promise<Place> {
  const { endpoint, administrator } = assembled
  const { status } = await fetch(`${endpoint}/_neargate/regions/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  if (status !== 200) throw new UserError(`region ${name} cannot be: ${status}`)
  return { endpoint, ...administrator }
}
