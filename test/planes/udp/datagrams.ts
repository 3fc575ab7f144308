// Owns scenarios of datagrams through an NLB: what arrives, from how many sources, and who hears the answers.
import { createSocket, type Socket } from 'node:dgram'

import { becomes, noise } from '../client.ts'
import type { Front, Scenario, Stage } from '../scenario.ts'

/** A client of datagrams that keeps what it hears. */
class Client {
  readonly heard: Buffer[] = []
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number

  constructor(stage: Stage, front: Front = 'datagrams') {
    this.#port = stage.port(front)
    this.#socket.on('message', (bytes) => this.heard.push(bytes))
  }

  get text(): string {
    return this.heard.map(String).join(' ')
  }

  end(): void {
    this.#socket.close()
  }

  async say(bytes: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.send(bytes, this.#port, '127.0.0.1', () => resolve()))
  }

  /** Says, and waits until so many answers have been heard in all. */
  async ask(bytes: string | Buffer, count = this.heard.length + 1): Promise<boolean> {
    await this.say(bytes)
    return await becomes(() => this.heard.length >= count)
  }
}

/** Makes clients of a stage. */
type ClientMaker = (front?: Front) => Client

function scenario(
  name: string,
  run: (stage: Stage, client: ClientMaker) => Promise<string>,
  why?: string,
): Scenario {
  return {
    name,
    ...(why !== undefined && { why }),
    async run(stage) {
      const clients: Client[] = []
      const make: ClientMaker = (front) => {
        const client = new Client(stage, front)
        clients.push(client)
        return client
      }
      try {
        return await run(stage, make)
      } finally {
        for (const client of clients) client.end()
      }
    },
  }
}

const SIZES = [1, 512, 1472, 8192, 60_000]

export const DATAGRAMS: readonly Scenario[] = [
  ...SIZES.map((size) =>
    scenario(`a datagram of ${size} bytes, and one as long back`, async (stage, make) => {
      const { data } = noise(size)
      stage.target.serveDatagrams((bytes, answer) => answer(bytes))
      const client = make()
      if (!(await client.ask(data))) return 'nothing came back'
      return client.heard[0]?.equals(data) ? 'as it was sent' : 'changed'
    }),
  ),
  scenario('an empty datagram', async (stage, make) => {
    let sizes: number[] = []
    stage.target.serveDatagrams((bytes, answer) => {
      sizes = [...sizes, bytes.length]
      answer('heard')
    })
    const client = make()
    await client.ask('')
    return `target: ${sizes.join()}; client: ${client.text}`
  }),
  scenario('500 questions of one client, each after the answer to the last', async (stage, make) => {
    const sources = new Set<number>()
    stage.target.serveDatagrams((bytes, answer, from) => {
      sources.add(from)
      answer(bytes)
    })
    const client = make()
    for (let turn = 0; turn < 500; turn += 1) if (!(await client.ask(String(turn)))) return `lost ${turn}`
    const isInOrder = client.heard.every((bytes, index) => String(bytes) === String(index))
    return `${client.heard.length} answers${isInOrder ? ' in order' : ''}, ${sources.size} source`
  }),
  scenario('50 datagrams at once arrive in their order', async (stage, make) => {
    const heard: string[] = []
    stage.target.serveDatagrams((bytes) => void heard.push(String(bytes)))
    const client = make()
    for (let turn = 0; turn < 50; turn += 1) await client.say(String(turn))
    await becomes(() => heard.length === 50)
    return heard.join() === Array.from({ length: 50 }, (_, turn) => turn).join()
      ? 'all, in order'
      : heard.join()
  }),
  scenario('20 clients at once: each hears its own answer', async (stage, make) => {
    const sources = new Set<number>()
    stage.target.serveDatagrams((bytes, answer, from) => {
      sources.add(from)
      answer(`to ${bytes}`)
    })
    const clients = Array.from({ length: 20 }, () => make())
    await Promise.all(clients.map((client, index) => client.ask(`client ${index}`)))
    const right = clients.filter((client, index) => client.text === `to client ${index}`).length
    return `${right} right answers, ${sources.size} sources`
  }),
  scenario('three answers to one question', async (stage, make) => {
    stage.target.serveDatagrams((_bytes, answer) => ['a', 'b', 'c'].forEach((each) => answer(each)))
    const client = make()
    await client.ask('?', 3)
    return client.text
  }),
  scenario('the target speaks later of its own accord', async (stage, make) => {
    stage.target.serveDatagrams((_bytes, answer) => {
      answer('at once')
      setTimeout(() => answer('later'), 300)
    })
    const client = make()
    await client.ask('?', 2)
    return client.text
  }),
  scenario('a question that is not answered, then one that is', async (stage, make) => {
    stage.target.serveDatagrams((bytes, answer) => void (String(bytes) === 'second' && answer(bytes)))
    const client = make()
    await client.say('first')
    await client.ask('second')
    return client.text
  }),
  scenario(
    'nothing takes datagrams at the target',
    async (_stage, make) => {
      const client = make('dead')
      await client.say('anybody?')
      await becomes(() => client.heard.length > 0, 500)
      return client.heard.length === 0
        ? 'client: silence'
        : `client: ${client.heard.map(({ length }) => `${length} bytes`)}`
    },
    'A flow to a target that refuses stays silent; nginx ends it with an empty datagram',
  ),
]
