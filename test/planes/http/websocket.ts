// Owns scenarios of WebSocket through an ALB: the upgrade, and that nothing is read after it.
import { WebSocket, WebSocketServer } from 'ws'

import { digestOf, noise, open, Wire } from '../client.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { answersOf, ask, HOST, lines, listen, outcome } from './answers.ts'

const UPGRADE = lines(
  'GET /chat HTTP/1.1',
  HOST,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
)
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

export const WEBSOCKET: readonly Scenario[] = [
  {
    name: 'WebSocket: texts of several lengths are echoed',
    async run(stage) {
      const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20]
      const heard = await echoed(
        stage,
        lengths.map((length) => 'x'.repeat(length)),
      )
      return heard.map(({ length }) => length).join(' ')
    },
  },
  {
    name: 'WebSocket: 1 MB of bytes is echoed',
    async run(stage) {
      const { data, digest } = noise(1 << 20)
      const [heard] = await echoed(stage, [data])
      return heard && digestOf(heard) === digest ? 'whole' : 'broken'
    },
  },
  {
    name: 'WebSocket: a text in fragments, with a ping between them',
    async run(stage) {
      const socket = await chat(stage)
      const pong = new Promise<string>((resolve) => socket.once('pong', (data) => resolve(String(data))))
      const heard = message(socket)
      socket.send('one ', { fin: false })
      socket.ping('there?')
      socket.send('two', { fin: true })
      return `${String(await heard)}, ${await pong}`
    },
  },
  {
    name: 'WebSocket: code and reason of the close come through',
    async run(stage) {
      const socket = await chat(stage, (far) => far.close(4001, 'enough'))
      return await new Promise((resolve) =>
        socket.once('close', (code, reason) => resolve(`${code} ${String(reason)}`)),
      )
    },
  },
  {
    name: 'WebSocket: the target speaks right behind its 101',
    async run(stage) {
      stage.target.serve((socket) => void socket.once('data', () => socket.write(`${AGREED}hello`)))
      const wire = await open(stage)
      await wire.send(UPGRADE)
      await wire.until(({ text }) => text.endsWith('hello'))
      return `${answersOf(wire)[0]?.status}, ${wire.text.slice(wire.text.indexOf('\r\n\r\n') + 4)}`
    },
  },
  {
    name: 'WebSocket: the client speaks before the 101',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await wire.send(`${UPGRADE}early`)
      const far = new Wire(await accepted)
      await far.until(({ text }) => text.includes('\r\n\r\n'))
      far.socket.write(AGREED)
      await far.until(({ text }) => text.endsWith('early'))
      return far.text.slice(far.text.indexOf('\r\n\r\n') + 4)
    },
  },
  {
    name: 'WebSocket: frames that break the rules are not looked at',
    async run(stage) {
      const { wire, far } = await joined(stage)
      const wrong = Buffer.from('ff80ffffffffffffffff0000', 'hex')
      await wire.send(wrong)
      await far.until(({ bytes }) => bytes.includes(wrong))
      return far.bytes.includes(wrong) ? 'carried on' : 'lost'
    },
  },
  {
    name: 'WebSocket: the client ends its half',
    async run(stage) {
      const { wire, far } = await joined(stage)
      wire.socket.end('bye')
      const ending = await far.ending()
      return `target: ${far.text.endsWith('bye') ? 'bye' : 'nothing'}, ${ending}`
    },
  },
  {
    name: 'WebSocket: the target does not agree',
    async run(stage) {
      listen(stage, (response) => void response.writeHead(403).end('no'))
      const seen = await ask(stage, UPGRADE)
      return `${seen.answers[0]?.body}; ${await outcome(seen)}`
    },
    why: 'The connection was offered for another protocol, and ends with the answer of a target that does not agree',
  },
  {
    name: 'WebSocket: silence for longer than the idle time-out',
    async run(stage) {
      const { wire, far } = await joined(stage, 'brief')
      const endings = [await wire.ending(4000), await far.ending()]
      return `client: ${endings[0] === 'open' ? 'open' : 'over'}; target: ${endings[1] === 'open' ? 'open' : 'over'}`
    },
  },
]

async function joined(stage: Stage, front: 'plain' | 'brief' = 'plain'): Promise<{ wire: Wire; far: Wire }> {
  const accepted = stage.target.next()
  const wire = await open(stage, front)
  await wire.send(UPGRADE)
  const far = new Wire(await accepted)
  await far.until(({ text }) => text.includes('\r\n\r\n'))
  far.socket.write(AGREED)
  await wire.until(({ text }) => text.includes('101'))
  return { wire, far }
}

async function chat(stage: Stage, greet: (far: WebSocket) => void = echo): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true })
  stage.target.serveUpgrades((request, socket, head) =>
    server.handleUpgrade(request, socket, head, (far) => {
      far.on('error', () => undefined)
      greet(far)
    }),
  )
  const socket = new WebSocket(`ws://127.0.0.1:${stage.port('plain')}/chat`)
  socket.on('error', () => undefined)
  await new Promise((resolve) => {
    socket.once('open', resolve)
    socket.once('close', resolve)
  })
  return socket
}

function echo(far: WebSocket): void {
  far.on('message', (data, isBinary) => far.send(data, { binary: isBinary }))
}

async function echoed(stage: Stage, messages: readonly (string | Buffer)[]): Promise<Buffer[]> {
  const socket = await chat(stage)
  const heard: Buffer[] = []
  for (const each of messages) {
    const back = message(socket)
    socket.send(each)
    heard.push(await back)
  }
  socket.terminate()
  return heard
}

function message(socket: WebSocket): Promise<Buffer> {
  // One buffer, as `ws` gives messages unless it is told otherwise.
  return new Promise((resolve) => socket.once('message', (data) => resolve(data as Buffer)))
}
